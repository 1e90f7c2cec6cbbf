// Elements, times and focus. Text only ever enters the page as a text node: nothing here parses HTML.

/** Makes an element. `props`: attributes; `class`, `on…` listeners, booleans and `dataset` are understood. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "dataset") Object.assign(element.dataset, value);
    else if (name === "testid") element.dataset.testid = value;
    else if (name === "value") element.value = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return element;
}

/**
 * Replaces `old` by `fresh`, keeping what the person has typed or chosen, open disclosures and the focus.
 * Elements correspond when their `data-key` is equal. What would look the same stays, so that no click meets an element
 * that is just being replaced. Returns the one that is in the page.
 */
export function replaceKeeping(old, fresh) {
  if (old.isEqualNode(fresh)) return old;
  const keyed = new Map([...fresh.querySelectorAll("[data-key]")].map((element) => [element.dataset.key, element]));
  const active = document.activeElement;
  for (const before of old.querySelectorAll("[data-key]")) {
    const after = keyed.get(before.dataset.key);
    if (!after || after.tagName !== before.tagName) continue;
    if (before.matches("input, select, textarea")) after.value = before.value;
    if (before.tagName === "DETAILS") after.open = before.open;
  }
  const key = old.contains(active) ? active.dataset.key : undefined;
  const selection = key && active.matches("input[type=text], textarea") ? [active.selectionStart, active.selectionEnd] : null;
  old.replaceWith(fresh);
  const next = key && keyed.get(key);
  if (next && !next.disabled) {
    next.focus({ preventScroll: true });
    if (selection) next.setSelectionRange(...selection);
  } else if (key) {
    // The control is gone or busy (it was the button just used): stay near it rather than at the top of the page.
    const place = fresh.querySelector(`[data-focus="${CSS.escape(key.split("/")[0])}"]`) ?? fresh;
    place.focus({ preventScroll: true });
  }
  return fresh;
}

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });

function ago(date) {
  const seconds = Math.round((date - Date.now()) / 1000);
  if (seconds > -45) return "just now";
  if (seconds > -3600) return relative.format(Math.min(-1, Math.round(seconds / 60)), "minute");
  if (seconds > -86400) return relative.format(Math.round(seconds / 3600), "hour");
  if (seconds > -7 * 86400) return relative.format(Math.round(seconds / 86400), "day");
  return exact.format(date);
}

/** A `<time>` that says how long ago; the exact time is its tooltip. */
export function timeAgo(text) {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return h("span", {}, String(text ?? ""));
  return h("time", { datetime: text, title: exact.format(date), class: "ago" }, ago(date));
}

/** A `<time>` with date and time, to the second. */
export function timeExact(text) {
  const date = new Date(text);
  if (Number.isNaN(date.getTime())) return h("span", {}, String(text ?? ""));
  return h("time", { datetime: text, title: text }, exact.format(date));
}

/** Brings every shown "… ago" up to date. */
export function refreshTimes() {
  for (const element of document.querySelectorAll("time.ago")) {
    element.textContent = ago(new Date(element.dateTime));
  }
}

let announceTimer;

/** Says something to a screen reader, after what it is saying now. */
export function announce(text) {
  const announcer = document.getElementById("announcer");
  announcer.textContent = "";
  clearTimeout(announceTimer);
  announceTimer = setTimeout(() => { announcer.textContent = text; }, 60);
}

/** 0.931 → "93 %" (never a 100 % or 0 % that it isn't). */
export function percent(share) {
  const value = Math.round(share * 100);
  if (value >= 100 && share < 1) return "99\u202f%";
  if (value <= 0 && share > 0) return "1\u202f%";
  return `${value}\u202f%`;
}
