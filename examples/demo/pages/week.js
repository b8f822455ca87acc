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
const SIGN_IN = `mutation SignIn($input: SignInInput!) {
  signIn(input: $input) { token problems { message remedy } }
}`;
const TODAY = `{ viewer { business { zone } } }`;
const WEEK = `query Week($day: Date!) {
  viewer {
    business {
      name zone cursor
      staff(first: 100, filter: { active: true }) { nodes { id name colour } }
      calendar(day: $day, days: 7) { startsAt endsAt appointments { ...Shown } }
    }
  }
}
${APPOINTMENT}`;
const CHANGES = `subscription Changes($after: String, $from: DateTime, $to: DateTime) {
  appointmentChanges(after: $after, from: $from, to: $to) {
    cursor subjectId kind actor { name } appointment { ...Shown }
  }
}
${APPOINTMENT}`;
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
const state = { token: sessionStorage.getItem("token"), day: null, zone: null, staff: [], appointments: new Map() };
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
  at("title").textContent = `${business.name} · week of ${shortly(state.day)}`;
  at("sign-in").hidden = true;
  at("turn").hidden = false;
  draw();
  unfollow = follow({
    query: CHANGES,
    variables: { from: calendar.startsAt, to: calendar.endsAt },
    after: business.cursor,
    token: state.token,
    next: heed,
    status: (now) => {
      at("live").textContent = now;
      if (now === "expired") attempt(read);
      if (now === "signed-out") signOut();
    },
  });
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

// --- dragging

at("week").addEventListener("pointerdown", (event) => {
  const block = event.target.closest(".appointment");
  if (!block || event.button !== 0) return;
  event.preventDefault();
  const appointment = state.appointments.get(block.dataset.id);
  const position = Number(block.dataset.position);
  const segment = appointment.segments[position];
  const grabbed = event.clientY - block.getBoundingClientRect().top;
  const minutes = length(segment);
  let target = null;
  block.setPointerCapture(event.pointerId);
  const drag = (moved) => {
    const column = [...document.querySelectorAll(".day")].find((each) => {
      const box = each.getBoundingClientRect();
      return moved.clientX >= box.left && moved.clientX < box.right;
    });
    if (!column) return;
    const box = column.getBoundingClientRect();
    const wanted = ((moved.clientY - grabbed - box.top) / HOUR) * 60;
    const start = FIRST * 60 + Math.min(Math.max(0, Math.round(wanted / STEP) * STEP), (LAST - FIRST) * 60 - minutes);
    const lane = Math.floor(((moved.clientX - box.left) / box.width) * state.staff.length);
    target = { day: column.dataset.day, start, lane };
    block.classList.add("moving");
    if (block.parentElement !== column) {
      column.append(block);
      block.setPointerCapture(event.pointerId);
    }
    place(block, start, minutes, lane);
  };
  const stop = (ended) => {
    block.removeEventListener("pointermove", drag);
    block.removeEventListener("pointerup", stop);
    block.removeEventListener("pointercancel", stop);
    if (!target || ended.type === "pointercancel") {
      show(state.appointments.get(appointment.id) ?? appointment);
      return;
    }
    block.classList.add("sent");
    // All services of a visit move together; the first may go to somebody else.
    const before = Date.parse(segment.startsAt) - Date.parse(appointment.startsAt);
    const startsAt = Date.parse(instant(target.day, target.start, state.zone)) - before;
    const staff = state.staff[target.lane].id;
    attempt(() => move(
      appointment.id, new Date(startsAt).toISOString(), position || staff === segment.staff.id ? null : staff,
    ));
  };
  block.addEventListener("pointermove", drag);
  block.addEventListener("pointerup", stop);
  block.addEventListener("pointercancel", stop);
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
