// Days and times of day of a business, whatever the time zone of the browser.

/** The day after so many days: `2027-03-29` and 7 make `2027-04-05`. */
export function plus(day, days) {
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + days);
  return date.toISOString().slice(0, 10);
}

/** The Monday of a day's week. */
export function monday(day) {
  return plus(day, -((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7));
}

/** What the clock on the wall shows in a zone: a day, and minutes since midnight. */
export function wall(instant, zone) {
  const parts = Object.fromEntries(
    new Intl.DateTimeFormat("en-CA", {
      timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit",
      hour: "2-digit", minute: "2-digit",
    }).formatToParts(new Date(instant)).map(({ type, value }) => [type, value]),
  );
  return { day: `${parts.year}-${parts.month}-${parts.day}`, minutes: 60 * parts.hour + +parts.minute };
}

/** The instant at which the clock on the wall shows this; where it never does, the one after. */
export function instant(day, minutes, zone) {
  const wanted = Date.parse(`${day}T00:00:00Z`) + minutes * 60_000;
  const shown = (at) => {
    const there = wall(at, zone);
    return Date.parse(`${there.day}T00:00:00Z`) + there.minutes * 60_000;
  };
  let found = wanted;
  for (let tries = 0; tries < 3 && shown(found) !== wanted; tries += 1) found += wanted - shown(found);
  return new Date(found).toISOString();
}

/** `09:30` of minutes since midnight. */
export function clock(minutes) {
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}

/** `Mon 29 Mar`. */
export function shortly(day) {
  return new Date(`${day}T00:00:00Z`).toLocaleDateString("en-GB", {
    timeZone: "UTC", weekday: "short", day: "numeric", month: "short",
  });
}
