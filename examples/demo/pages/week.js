// The salon's week: read once, then kept right by what happens. Appointments are dragged.

import { ask, follow, key, Refused } from "/demo/api.js";
import { clock, instant, monday, plus, shortly, wall } from "/demo/days.js";

const FIRST = 7;
const LAST = 21;
const HOUR = 48;
const STEP = 15;
/** What takes no time any more. */
const OVER = ["CANCELLED", "DECLINED", "EXPIRED"];

const APPOINTMENT = `fragment Shown on Appointment {
  id version startsAt status
  client { fullName }
  segments { startsAt endsAt service { name } staff { id name } }
}`;
const BLOCKED = `fragment Blocked on BlockedTime {
  id version startsAt endsAt reason staff { id name }
}`;
const SIGN_IN = `mutation SignIn($input: SignInInput!) {
  signIn(input: $input) { token problems { message remedy } }
}`;
const TODAY = `{ viewer { business { zone } } }`;
const WEEK = `query Week($day: Date!) {
  viewer {
    business {
      name zone cursor
      staff(first: 100, filter: { active: true }) { nodes { id name colour } }
      calendar(day: $day, days: 7) {
        startsAt endsAt
        appointments { ...Shown }
        blockedTimes { ...Blocked }
      }
    }
  }
}
${APPOINTMENT} ${BLOCKED}`;
const CHANGES = `subscription Changes($after: String, $from: DateTime, $to: DateTime) {
  appointmentChanges(after: $after, from: $from, to: $to) {
    cursor subjectId kind actor { name } appointment { ...Shown }
  }
}
${APPOINTMENT}`;
const BLOCKED_CHANGES = `subscription BlockedChanges($after: String, $from: DateTime, $to: DateTime) {
  blockedTimeChanges(after: $after, from: $from, to: $to) {
    cursor subjectId kind blockedTime { ...Blocked }
  }
}
${BLOCKED}`;
const BLOCK = `mutation Block($input: BlockTimeInput!, $key: String!) {
  blockTime(input: $input, idempotencyKey: $key) {
    blockedTime { ...Blocked }
    problems { code message remedy }
  }
}
${BLOCKED}`;
const MOVE_BLOCKED = `mutation MoveBlocked($input: UpdateBlockedTimeInput!, $key: String!) {
  updateBlockedTime(input: $input, idempotencyKey: $key) {
    blockedTime { ...Blocked }
    problems { code message remedy }
  }
}
${BLOCKED}`;
const UNBLOCK = `mutation Unblock($input: UnblockTimeInput!, $key: String!) {
  unblockTime(input: $input, idempotencyKey: $key) {
    deletedId
    problems { code message remedy }
  }
}`;
const MOVE = `mutation Move($input: RescheduleAppointmentInput!, $key: String!) {
  rescheduleAppointment(input: $input, idempotencyKey: $key) {
    appointment { ...Shown }
    problems {
      code message remedy
      ... on SlotTaken { alternatives { startsAt staff { id name } } }
    }
  }
}
${APPOINTMENT}`;

const at = (id) => document.getElementById(id);
const state = {
  token: sessionStorage.getItem("token"),
  day: null,
  zone: null,
  staff: [],
  appointments: new Map(),
  blocked: new Map(),
};
let unfollow = () => {};

// --- what is shown

function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function draw() {
  const hours = element("div", { class: "hours" });
  for (let hour = FIRST + 1; hour < LAST; hour += 1) {
    const label = element("span", {}, clock(hour * 60));
    label.style.top = `${(hour - FIRST) * HOUR}px`;
    hours.append(label);
  }
  const days = Array.from({ length: 7 }, (_, n) => plus(state.day, n));
  at("week").replaceChildren(
    element("div", { class: "heading" }), ...days.map((day) => element("div", { class: "heading" }, shortly(day))),
    hours, ...days.map((day) => element("div", { class: "day", "data-day": day })),
  );
  for (const column of document.querySelectorAll(".hours, .day")) column.style.height = `${(LAST - FIRST) * HOUR}px`;
  at("staff").replaceChildren(...state.staff.map(({ name, colour }) => {
    const item = element("li", {}, name);
    item.style.setProperty("--colour", colour);
    return item;
  }));
  state.appointments.forEach(show);
  state.blocked.forEach(showBlocked);
}

const blocksOf = (id) => document.querySelectorAll(`[data-id="${id}"]`);

/** Put an appointment where it belongs: a block for each service of it that is of this week. */
function show(appointment) {
  blocksOf(appointment.id).forEach((block) => block.remove());
  appointment.segments.forEach((segment, position) => {
    const start = wall(segment.startsAt, state.zone);
    const column = document.querySelector(`[data-day="${start.day}"]`);
    const lane = state.staff.findIndex(({ id }) => id === segment.staff.id);
    if (!column || lane < 0) return;
    const time = clock(start.minutes);
    const block = element("article", {
      class: "appointment",
      tabindex: "0",
      title: `${time} ${appointment.client.fullName}: ${segment.service.name}, with ${segment.staff.name}`,
      "data-id": appointment.id,
      "data-position": position,
      "data-start": `${start.day} ${time}`,
      "data-staff": segment.staff.name,
      "data-status": appointment.status,
    }, element("strong", {}, time), ` ${appointment.client.fullName}`, element("br"), segment.service.name);
    block.style.setProperty("--colour", state.staff[lane].colour);
    place(block, start.minutes, length(segment), lane);
    column.append(block);
  });
}

/** Put blocked time where it belongs, day by day: it may be longer than one. */
function showBlocked(blocked) {
  blocksOf(blocked.id).forEach((block) => block.remove());
  const lane = state.staff.findIndex(({ id }) => id === blocked.staff.id);
  if (lane < 0) return;
  const [from, to] = [wall(blocked.startsAt, state.zone), wall(blocked.endsAt, state.zone)];
  for (const column of document.querySelectorAll(".day")) {
    const { day } = column.dataset;
    if (day < from.day || day > to.day) continue;
    const start = Math.max(FIRST * 60, day === from.day ? from.minutes : 0);
    const end = Math.min(LAST * 60, day === to.day ? to.minutes : 24 * 60);
    if (start >= end) continue;
    const block = element("article", {
      class: "blocked",
      tabindex: "0",
      title: `Blocked: ${blocked.staff.name}. Double-click to give the time back.`,
      "data-id": blocked.id,
      "data-start": `${day} ${clock(start)}`,
      "data-end": clock(end),
      "data-staff": blocked.staff.name,
    }, blocked.reason ?? "Blocked");
    place(block, start, end - start, lane);
    column.append(block);
  }
}

/** How many minutes something takes. */
function length({ startsAt, endsAt }) {
  return (Date.parse(endsAt) - Date.parse(startsAt)) / 60_000;
}

function place(block, start, minutes, lane) {
  block.style.top = `${((start - FIRST * 60) / 60) * HOUR}px`;
  block.style.height = `${(minutes / 60) * HOUR}px`;
  block.style.left = `${(lane / state.staff.length) * 100}%`;
  block.style.width = `${100 / state.staff.length}%`;
}

function complain(problem, alternatives = []) {
  const pane = at("problem");
  const close = element("button", { type: "button", "aria-label": "Close" }, "×");
  close.onclick = () => { pane.hidden = true; };
  pane.replaceChildren(
    element("p", {}, element("strong", {}, problem.message), ` ${problem.remedy ?? ""}`), ...alternatives, close,
  );
  pane.hidden = false;
}

// --- what is read, and what happens then

async function read() {
  unfollow();
  const { viewer } = await ask(WEEK, { day: state.day }, state.token);
  const { business } = viewer;
  const { calendar } = business;
  Object.assign(state, { zone: business.zone, staff: business.staff.nodes });
  state.appointments = new Map(calendar.appointments.map((each) => [each.id, each]));
  state.blocked = new Map(calendar.blockedTimes.map((each) => [each.id, each]));
  at("title").textContent = `${business.name} · week of ${shortly(state.day)}`;
  at("sign-in").hidden = true;
  at("turn").hidden = false;
  draw();
  const followed = [[CHANGES, heed], [BLOCKED_CHANGES, heedBlocked]];
  const status = followed.map(() => "");
  const ends = followed.map(([query, next], nth) => follow({
    query,
    variables: { from: calendar.startsAt, to: calendar.endsAt },
    after: business.cursor,
    token: state.token,
    next,
    status: (now) => {
      status[nth] = now;
      at("live").textContent = status.find((each) => each !== "live") ?? "live";
      if (now === "expired") attempt(read);
      if (now === "signed-out") signOut();
    },
  }));
  unfollow = () => ends.forEach((end) => end());
}

/** Show what somebody did to blocked time. */
function heedBlocked({ subjectId, blockedTime }) {
  if (!blockedTime) {
    state.blocked.delete(subjectId);
    blocksOf(subjectId).forEach((block) => block.remove());
    return;
  }
  const known = state.blocked.get(subjectId);
  if (known && known.version >= blockedTime.version) return;
  state.blocked.set(subjectId, blockedTime);
  showBlocked(blockedTime);
}

/** Block time, or change what is blocked; where that is refused nothing moves, and the reason is told. */
async function changeBlocked(query, input) {
  try {
    const [answer] = Object.values(await ask(query, { input, key: key() }, state.token));
    const [problem] = answer.problems;
    if (problem) {
      complain(problem);
      return;
    }
    at("problem").hidden = true;
    const subjectId = answer.deletedId ?? answer.blockedTime.id;
    heedBlocked({ subjectId, blockedTime: answer.blockedTime ?? null });
  } finally {
    if (state.blocked.has(input.id)) showBlocked(state.blocked.get(input.id));
    document.querySelector(".drawn")?.remove();
  }
}

/** Show what somebody did. A change tells of the row as it is now, so the newest version stays. */
function heed({ subjectId, appointment }) {
  const known = state.appointments.get(subjectId);
  if (!appointment || OVER.includes(appointment.status)) {
    state.appointments.delete(subjectId);
    blocksOf(subjectId).forEach((block) => block.remove());
    return;
  }
  if (known && known.version >= appointment.version) return;
  state.appointments.set(subjectId, appointment);
  show(appointment);
  blocksOf(subjectId).forEach((block) => {
    block.classList.add("fresh");
    block.addEventListener("animationend", () => block.classList.remove("fresh"), { once: true });
  });
}

/** Move an appointment; where it may not go it jumps back, and the reason is told. */
async function move(id, startsAt, staffId) {
  const appointment = state.appointments.get(id);
  if (!appointment) return; // somebody cancelled it meanwhile
  const input = { id, version: appointment.version, startsAt, staffId };
  let moved;
  try {
    ({ rescheduleAppointment: moved } = await ask(MOVE, { input, key: key() }, state.token));
  } finally {
    if (state.appointments.has(id)) show(state.appointments.get(id));
  }
  const [problem] = moved.problems;
  if (!problem) {
    at("problem").hidden = true;
    heed({ subjectId: id, appointment: moved.appointment });
    return;
  }
  complain(problem, (problem.alternatives ?? []).slice(0, 5).map((slot) => {
    const there = wall(slot.startsAt, state.zone);
    const button = element(
      "button", { type: "button", class: "alternative" }, `${shortly(there.day)}, ${clock(there.minutes)}, ${slot.staff.name}`,
    );
    button.onclick = () => attempt(() => move(id, slot.startsAt, slot.staff.id));
    return button;
  }));
}

// --- dragging: an appointment or blocked time moves, and over free time it is blocked

/** Where a pointer is: the day, the lane, and the minute of the day at so many pixels above it. */
function spot(event, above = 0) {
  const column = [...document.querySelectorAll(".day")].find((each) => {
    const box = each.getBoundingClientRect();
    return event.clientX >= box.left && event.clientX < box.right;
  });
  if (!column) return null;
  const box = column.getBoundingClientRect();
  const minutes = ((event.clientY - above - box.top) / HOUR) * 60;
  const lane = Math.floor(((event.clientX - box.left) / box.width) * state.staff.length);
  return { column, day: column.dataset.day, lane, minute: FIRST * 60 + Math.round(minutes / STEP) * STEP };
}

/** Follow the pointer until it is let go; `drop` is not called where it never moved. */
function dragging(block, event, { drag, drop, cancel }) {
  let moved = false;
  const over = new AbortController();
  const on = (name, act) => block.addEventListener(name, act, { signal: over.signal });
  block.setPointerCapture(event.pointerId);
  on("pointermove", (now) => {
    moved = drag(now) || moved;
    block.setPointerCapture(event.pointerId); // which ends when a block changes its column
  });
  on("pointerup", () => {
    over.abort();
    if (moved) drop();
    else cancel();
  });
  on("pointercancel", () => {
    over.abort();
    cancel();
  });
}

/** Let a block be moved; `drop` is told to which day, minute and lane. */
function moving(block, event, minutes, drop, cancel) {
  const grabbed = event.clientY - block.getBoundingClientRect().top;
  let target = null;
  dragging(block, event, {
    drag: (now) => {
      const there = spot(now, grabbed);
      if (!there) return false;
      const start = Math.min(Math.max(FIRST * 60, there.minute), LAST * 60 - minutes);
      target = { ...there, start };
      block.classList.add("moving");
      if (block.parentElement !== there.column) there.column.append(block);
      place(block, start, minutes, there.lane);
      return true;
    },
    drop: () => {
      block.classList.add("sent");
      drop(instant(target.day, target.start, state.zone), state.staff[target.lane].id);
    },
    cancel: () => target && cancel(), // a click leaves the block as it is, for a second one
  });
}

function moveVisit(block, event) {
  const appointment = state.appointments.get(block.dataset.id);
  const position = Number(block.dataset.position);
  const segment = appointment.segments[position];
  const back = () => show(state.appointments.get(appointment.id) ?? appointment);
  moving(block, event, length(segment), (there, staff) => {
    // All services of a visit move together; the first may go to somebody else.
    const before = Date.parse(segment.startsAt) - Date.parse(appointment.startsAt);
    const startsAt = new Date(Date.parse(there) - before).toISOString();
    attempt(() => move(appointment.id, startsAt, position || staff === segment.staff.id ? null : staff));
  }, back);
}

function moveBlocked(block, event) {
  const blocked = state.blocked.get(block.dataset.id);
  if (length(blocked) > (LAST - FIRST) * 60) return; // longer than what is shown of a day
  moving(block, event, length(blocked), (startsAt, staffId) => {
    const endsAt = new Date(Date.parse(startsAt) + Date.parse(blocked.endsAt) - Date.parse(blocked.startsAt)).toISOString();
    const { version } = state.blocked.get(blocked.id) ?? blocked;
    attempt(() => changeBlocked(MOVE_BLOCKED, { id: blocked.id, version, startsAt, endsAt, staffId }));
  }, () => showBlocked(state.blocked.get(blocked.id) ?? blocked));
}

function blockTime(column, event) {
  const from = spot(event);
  const drawn = element("article", { class: "blocked drawn" });
  let range = null;
  column.append(drawn);
  dragging(drawn, event, {
    drag: (now) => {
      const to = spot(now);
      if (!to) return false;
      const [start, end] = [from.minute, to.minute].sort((a, b) => a - b);
      range = { start: Math.max(start, FIRST * 60), end: Math.min(end, LAST * 60) };
      place(drawn, range.start, range.end - range.start, from.lane);
      return range.start < range.end;
    },
    drop: () => {
      const [startsAt, endsAt] = [range.start, range.end].map((each) => instant(from.day, each, state.zone));
      attempt(() => changeBlocked(BLOCK, { staffId: state.staff[from.lane].id, startsAt, endsAt }));
    },
    cancel: () => drawn.remove(),
  });
}

at("week").addEventListener("pointerdown", (event) => {
  if (event.button !== 0) return;
  const block = event.target.closest("article");
  const column = event.target.closest(".day");
  if (!column) return;
  event.preventDefault();
  if (!block) blockTime(column, event);
  else if (block.classList.contains("appointment")) moveVisit(block, event);
  else moveBlocked(block, event);
});

at("week").addEventListener("dblclick", ({ target }) => {
  const id = target.closest(".blocked")?.dataset.id;
  if (id) attempt(() => changeBlocked(UNBLOCK, { id }));
});

// --- who is asking, and which week

async function attempt(act) {
  try {
    await act();
  } catch (error) {
    if (error instanceof Refused && error.code === "UNAUTHENTICATED") signOut();
    else complain(error);
  }
}

function signOut() {
  unfollow();
  sessionStorage.removeItem("token");
  state.token = null;
  at("sign-in").hidden = false;
  at("turn").hidden = true;
  at("week").replaceChildren();
}

at("sign-in").addEventListener("submit", (event) => {
  event.preventDefault();
  const { email, password } = event.target.elements;
  attempt(async () => {
    const input = { email: email.value, password: password.value };
    const { token, problems } = (await ask(SIGN_IN, { input })).signIn;
    if (!token) {
      complain(problems[0]);
      return;
    }
    at("problem").hidden = true;
    state.token = token;
    sessionStorage.setItem("token", token);
    await begin();
  });
});

at("turn").addEventListener("click", ({ target }) => {
  const weeks = Number(target.dataset.weeks ?? NaN);
  if (Number.isNaN(weeks)) return;
  attempt(async () => {
    state.day = weeks ? plus(state.day, 7 * weeks) : monday(wall(Date.now(), state.zone).day);
    await read();
  });
});

async function begin() {
  const { viewer } = await ask(TODAY, {}, state.token);
  if (!viewer.business) {
    signOut();
    return;
  }
  const asked = new URLSearchParams(location.search).get("day");
  state.zone = viewer.business.zone;
  state.day = monday(/^\d{4}-\d\d-\d\d$/.test(asked ?? "") ? asked : wall(Date.now(), state.zone).day);
  await read();
}

if (state.token) attempt(begin);
