// The page: a form, the list of tasks, one task in detail; live by server-sent events, usable with the analyzer down.

import { api, credential, user } from "./api.js";
import { TaskDetail } from "./detail.js";
import { announce, h, refreshTimes } from "./dom.js";
import { LiveStream } from "./live.js";
import { TaskStore } from "./store.js";
import { suggested, summary, waitingWords } from "./suggestion.js";
import { TaskList } from "./tasks.js";

const element = (id) => document.getElementById(id);
const store = new TaskStore();
const opened = new Set();
const editing = new Set();
const saving = new Set();
const createdHere = new Set();
let cursor = null;
let project = "";
/** What is searched for, and the ids that were found; nothing and null when nothing is. */
let search = "";
let found = null;
let stream = null;
let streamState = "connecting";
let detail = null;

/** What the views ask and do; they hold no state of their own. */
const ui = {
  store,
  isFull: false,
  report,
  settle,
  isLive: () => streamState === "live",
  isOpen: (id) => opened.has(id),
  isEditing: (id, field) => editing.has(`${id}/${field}`),
  isSaving: (id, field) => saving.has(`${id}/${field}`),
  toggle(id) {
    if (!opened.delete(id)) opened.add(id);
    redraw(id);
  },
  /** What a model is just writing. Only the first bit is said to a screen reader, and only the text is drawn again. */
  progressed(event) {
    const id = event.task_id;
    const isFirst = !store.progress(id);
    if (!store.putProgress(id, event.revision, event.summary)) return;
    const progress = store.progress(id);
    const shown = document.querySelectorAll(`[data-progress="${CSS.escape(id)}"]`);
    for (const place of shown) {
      place.textContent = progress.text;
      place.scrollTop = place.scrollHeight;
    }
    if (isFirst || shown.length === 0) redraw(id);
    if (isFirst && (createdHere.has(id) || detail?.id === id)) announce(`${progress.model} is writing the suggestion.`);
  },
  edit(id, field, isEditing) {
    editing[isEditing ? "add" : "delete"](`${id}/${field}`);
    redraw(id);
    const scope = detail ? element("detail-view") : document.querySelector(`[data-id="${CSS.escape(id)}"]`);
    scope?.querySelector(`[data-key="${CSS.escape(`${id}.${field}/${isEditing ? "input" : "correct"}`)}"]`)?.focus();
  },
  accept(task, fields) {
    return answer(task.id, fields.map((field) => ({ field, verdict: "accepted", value: suggested(task, field) })));
  },
  correct(task, field, value) {
    const model = suggested(task, field);
    // Effort is shown and typed to one decimal.
    const isSame = model === value || (field === "effort" && model !== null && Math.abs(model - value) < 0.05);
    return answer(task.id, [{ field, verdict: isSame ? "accepted" : "corrected", value: isSame ? model : value }]);
  },
};
/** Takes an erased task off the page. */
ui.forget = (id) => {
  store.remove(id);
  if (detail?.id === id) location.hash = "#/";
  showList();
};
const list = new TaskList(ui);

// Drawing

function redraw(id) {
  list.update(id);
  if (detail?.id === id) detail.draw();
}

function showList() {
  const ids = found?.filter((id) => store.has(id)) ?? store.ids(project);
  list.show(ids);
  element("empty").hidden = ids.length > 0 || project !== "" || search !== "";
  element("nothing-found").hidden = ids.length > 0 || found === null;
  element("more").hidden = !cursor;
  showProjects();
}

function showProjects() {
  const names = store.projects;
  const known = element("projects");
  if (known.childElementCount !== names.length) known.replaceChildren(...names.map((name) => h("option", { value: name })));
  const filter = element("project-filter");
  const options = ["", ...new Set([...names, ...[...filter.options].map((option) => option.value)].filter(Boolean).sort())];
  if (filter.options.length !== options.length) {
    filter.replaceChildren(...options.map((name) => h("option", { value: name }, name || "all")));
    filter.value = project;
  }
}

let isDrawing = false;
const changed = new Set();
store.addEventListener("change", ({ detail: { id, before } }) => {
  changed.add(id);
  const task = store.get(id);
  const isNews = before && !before.analysis && task.analysis;
  if (isNews && (createdHere.has(id) || detail?.id === id)) announce(`Suggestion for “${task.title}”: ${summary(task)}`);
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    for (const id of changed) redraw(id);
    changed.clear();
    showList();
  });
});

store.addEventListener("waiting", ({ detail: { id, step } }) => {
  refreshSoon();
  if (createdHere.has(id)) announce(waitingWords(step, ui.isLive()));
});

// Problems

/** Shows a failed request with what the server said and the id to find it in the logs. */
function report(problem, about = "") {
  if (problem.status === 401) return askForKey(problem);
  if (!("correlationID" in problem)) console.error(problem);
  const note = h("div", { class: "problem", testid: "problem", dataset: { about } },
    h("div", {},
      h("p", {}, h("strong", {}, problem.title || "Something went wrong in this page"), " ", problem.detail || (problem.title ? "" : problem.message)),
      problem.errors?.length ? h("ul", {}, problem.errors.map((error) => h("li", {}, h("span", { class: "mono" }, error.pointer ?? ""), " ", error.detail ?? ""))) : null,
      problem.correlationID ? h("p", { class: "correlation" }, "Correlation id ", h("span", { class: "mono", testid: "problem-correlation" }, problem.correlationID)) : null),
    h("button", { type: "button", class: "small quiet", "aria-label": "Dismiss this message", onclick: () => note.remove() }, "Dismiss"));
  const problems = element("problems");
  problems.append(note);
  while (problems.childElementCount > 3) problems.firstElementChild.remove();
}

/** Takes back the messages about something that has now worked. */
function settle(about) {
  for (const note of document.querySelectorAll(`.problem[data-about="${about}"]`)) note.remove();
}

// Requests

async function refresh() {
  const asked = search;
  try {
    const page = await api.tasks({ project, search });
    // Another search has begun meanwhile: its own answer counts.
    if (asked !== search) return;
    if (search) {
      for (const task of page.items) store.put(task);
      found = page.items.map((task) => task.id);
      cursor = page.next_cursor;
      settle("list");
      return showList();
    }
    const isOverlapping = page.items.length === 0 || page.items.some((task) => store.has(task.id));
    if (!isOverlapping && store.ids(project).length > 0) store.clear();
    if (!isOverlapping || cursor === null) cursor = page.next_cursor;
    for (const task of page.items) store.put(task);
    settle("list");
    showList();
  } catch (problem) {
    element("tasks").setAttribute("aria-busy", "false");
    settle("list");
    report(problem, "list");
  }
}

let refreshTimer;
/** Many events at once make one fetch. */
function refreshSoon() {
  clearTimeout(refreshTimer);
  refreshTimer = setTimeout(refresh, 150);
}

async function showModel() {
  try {
    const { serving } = await api.models();
    element("model").hidden = !serving?.champion;
    element("model-version").textContent = serving?.champion ?? "";
    element("model-version").title = serving?.changed_at ? `serving since ${serving.changed_at}` : "";
  } catch (problem) {
    // Only an ornament: the list's own request already says that the server is away.
    element("model").hidden = true;
  }
}

async function answer(id, fields) {
  const names = fields.map(({ field }) => field);
  for (const field of names) saving.add(`${id}/${field}`);
  redraw(id);
  try {
    const { task } = await api.feedback(id, fields);
    settle("feedback");
    for (const field of names) editing.delete(`${id}/${field}`);
    if (task) store.put(task);
    announce(`Saved: ${names.join(", ")}`);
  } catch (problem) {
    report(problem, "feedback");
  }
  for (const field of names) saving.delete(`${id}/${field}`);
  redraw(id);
}

// Live

function received(event) {
  if (event.type === "rollout.changed.v1") return void showModel();
  const id = event.task_id;
  if (event.type === "analysis.progressed.v1") return void ui.progressed(event);
  if (event.type === "task.erased.v1") {
    return void ui.forget(id);
  }
  if (detail?.id === id) detail.refreshSoon();
  if (event.type === "analysis.completed.v1" && event.analysis) {
    if (event.analysis.model_version !== element("model-version").textContent && event.analysis.rung === "embedded" && event.analysis.variant !== "challenger") showModel();
    if (store.putAnalysis(id, event.analysis)) return;
  }
  refreshSoon();
}

function connect() {
  stream?.close();
  stream = new LiveStream(api.eventsURL(), {
    onEvent: received,
    onReconnect() { refreshSoon(); showModel(); },
    onState(state) {
      streamState = state;
      element("connection").dataset.state = state;
      element("connection-text").textContent = { live: "Live", connecting: "Connecting…", reconnecting: "Reconnecting…", offline: "Offline", refused: "Not signed in" }[state];
      if (state === "refused") api.caller().catch((problem) => problem.status === 401 && askForKey(problem));
      for (const id of store.ids("")) if (store.waiting(id)) redraw(id);
    },
  });
}

// Events of the person

const compose = element("compose");

function showErrors(errors) {
  for (const name of ["title", "body", "project"]) {
    const error = errors.find(({ pointer }) => pointer === `/${name}`);
    element(`${name}-error`).textContent = error?.detail ?? "";
    element(`${name}-error`).hidden = !error;
    element(name).toggleAttribute("aria-invalid", Boolean(error));
  }
  const first = errors[0] && element(errors[0].pointer.slice(1));
  first?.focus();
}

/** Beside the form the next task can be typed at once; on a phone the list is below, out of sight. */
function showNew(id) {
  if (!window.matchMedia("(max-width: 52rem)").matches) return element("title").focus();
  element("submit").blur();
  // After the list has been drawn.
  requestAnimationFrame(() => requestAnimationFrame(() => {
    const card = document.querySelector(`[data-testid="task"][data-id="${CSS.escape(id)}"]`);
    card?.scrollIntoView({ block: "start", behavior: "smooth" });
    card?.querySelector("[data-testid=task-toggle]").focus({ preventScroll: true });
  }));
}

compose.addEventListener("submit", async (event) => {
  event.preventDefault();
  const values = { title: element("title").value.trim(), body: element("body").value, project: element("project").value.trim() };
  if (!values.title) return showErrors([{ pointer: "/title", detail: "Please give the task a title." }]);
  showErrors([]);
  element("submit").disabled = true;
  try {
    settle("create");
    const task = await api.createTask({ title: values.title, body: values.body, ...(values.project ? { project: values.project } : {}) });
    createdHere.add(task.id);
    opened.add(task.id);
    if (search) {
      element("search").value = "";
      search = "";
      found = null;
    }
    if (project && task.project !== project) changeProject("");
    store.put(task);
    redraw(task.id);
    element("title").value = "";
    element("body").value = "";
    showNew(task.id);
  } catch (problem) {
    const known = (problem.errors ?? []).filter(({ pointer }) => ["/title", "/body", "/project"].includes(pointer));
    if (known.length) showErrors(known);
    report(problem, "create");
  }
  element("submit").disabled = false;
});

compose.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) compose.requestSubmit();
});

element("example").addEventListener("click", () => {
  element("title").value = "App crashes when I open a report without a date";
  element("body").value = "Since this morning's release. Opening any report that has no end date shows a blank page, "
    + "then the app closes. Works again after I set a date. Three customers have called already.";
  element("project").value = "mobile";
  element("title").focus();
});

element("more").addEventListener("click", async () => {
  element("more").disabled = true;
  try {
    const page = await api.tasks({ project, search, cursor });
    cursor = page.next_cursor;
    for (const task of page.items) store.put(task);
    found?.push(...page.items.map((task) => task.id));
    showList();
  } catch (problem) {
    report(problem);
  }
  element("more").disabled = false;
});

function changeProject(name) {
  project = name;
  element("project-filter").value = name;
  cursor = null;
  store.clear();
  refresh();
}
element("project-filter").addEventListener("change", (event) => changeProject(event.target.value));

let searchTimer;
element("search").addEventListener("input", (event) => {
  clearTimeout(searchTimer);
  searchTimer = setTimeout(() => {
    search = event.target.value.trim();
    found = search ? [] : null;
    cursor = null;
    if (!search) store.clear();
    refresh();
  }, 250);
});

function changeUser() {
  if (element("user").readOnly) return;
  user.name = element("user").value;
  element("user").value = user.name;
  connect();
  for (const id of store.ids("")) redraw(id);
  // Another person may see suggestions, or none.
  refreshSoon();
  detail?.refreshSoon();
}
element("user").addEventListener("change", changeUser);
element("who").addEventListener("submit", (event) => {
  event.preventDefault();
  element("user").blur();
});

// Who calls, where the service asks it

let isAsked = false;

/** Asks for a key once, however many requests were refused. */
function askForKey(problem) {
  const wrong = credential.value !== "";
  if (isAsked && !wrong) return;
  isAsked = true;
  stream?.close();
  stream = null;
  element("connection").dataset.state = "offline";
  element("connection-text").textContent = "Not signed in";
  element("tasks").setAttribute("aria-busy", "false");
  showCaller(null);
  credential.value = "";
  settle("key");
  const words = wrong ? (problem.detail || "The key was refused.") : "Enter your API key above to see the tasks.";
  element("problems").append(h("div", { class: "problem", testid: "key-needed", dataset: { about: "key" } },
    h("p", {}, h("strong", {}, wrong ? "Not let in." : "This service asks who you are."), " ", words)));
  element("key").focus();
}

/** The person's name is theirs to choose only where nobody asks for a key. */
function showCaller(caller) {
  const isBelieved = caller?.means === "believed";
  element("key-form").hidden = isBelieved;
  element("key").hidden = caller !== null;
  element("key-submit").hidden = caller !== null;
  element("sign-out").hidden = caller === null;
  element("user").readOnly = !isBelieved;
  element("user").value = isBelieved ? user.name : caller?.user ?? "";
}

element("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  credential.value = element("key").value;
  element("key").value = "";
  // The open task is asked for again.
  if (credential.value) start().then(() => isAsked || route());
});
element("sign-out").addEventListener("click", () => {
  credential.value = "";
  // What was shown belongs to whom signed out.
  location.reload();
});

async function start() {
  try {
    showCaller(await api.caller());
    isAsked = false;
    settle("key");
  } catch (problem) {
    if (problem.status === 401) return askForKey(problem);
    // The server is away: the stream and the list say so, and try again.
  }
  connect();
  refresh();
  showModel();
}

// Views

/** The id in an address, as it stands when it is not percent-encoded properly. */
function taskID(text) {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    return text;
  }
}

function route() {
  const match = location.hash.match(/^#\/tasks\/([^/]+)$/);
  const wasDetail = detail !== null;
  detail?.close();
  detail = null;
  element("list-view").hidden = Boolean(match);
  element("detail-view").hidden = !match;
  if (match) {
    detail = new TaskDetail(taskID(match[1]), ui);
    window.scrollTo(0, 0);
    element("detail-view").querySelector("h1")?.focus({ preventScroll: true });
  } else {
    document.title = "TriageLoop";
    if (wasDetail) element("recent-heading").scrollIntoView({ block: "nearest" });
  }
}
window.addEventListener("hashchange", route);

setInterval(refreshTimes, 30_000);
// A safety net for tasks whose events this person's stream does not carry; only while somebody looks and waits.
setInterval(() => { if (!document.hidden && store.isWaiting) refresh(); }, 15_000);

element("user").value = user.name;
route();
start();
