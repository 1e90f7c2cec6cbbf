// The suggestion of one task: what the model says of each field, how sure it is and why, and what a person made of it.

import { api, user } from "./api.js";
import { h, percent } from "./dom.js";

const fieldNames = { category: "Category", priority: "Priority", effort: "Effort" };
const knownCategories = ["bug", "feature", "question", "documentation", "chore"];
const priorities = ["high", "medium", "low"];
const unchosen = "(unchosen)";

/** The categories that the team has in use, once it has changed them; null: any text will do. */
let teamCategories = null;
let hasAsked = false;

async function refreshCategories() {
  hasAsked = true;
  try {
    const set = await api.labels();
    teamCategories = set.version > 0 ? set.labels.filter((label) => label.state === "active").map((label) => label.value) : null;
  } catch (error) {
    // What was known before stands in; the server refuses what isn't in use, and says what is.
  }
}

const zones = {
  auto: { word: "sure", meaning: "Sure enough to be applied without asking" },
  suggest: { word: "likely, please check", meaning: "Likely right, but a person should confirm it" },
  ask: { word: "unsure, please choose", meaning: "Too unsure to rely on; a person should choose" },
};

const rungs = {
  provider: "the configured provider",
  embedded: "the built-in model",
  neighbours: "similar tasks",
  rules: "simple rules",
};

// What a flag says, `title:dictates_answer`, in plain words.
const flagPlaces = { title: "title", body: "description", project: "project", answer: "model's answer" };
const flagSigns = {
  overrides_instructions: "tells a model to forget its instructions",
  dictates_answer: "tells a model what to answer",
  changes_role: "gives a model another role, or asks for its instructions",
  chat_markup: "imitates the marks between the turns of a chat",
  encoded: "holds such words in an encoding that people don't read",
  hidden: "holds such words hidden by invisible or look-alike characters",
};

/** To one decimal: more would pretend. */
const rounded = (value) => Math.round(Number(value) * 10) / 10;

function points(value) {
  const number = rounded(value);
  return number === 1 ? "1 point" : `${number} points`;
}

function shown(field, value) {
  return field === "effort" ? points(value) : String(value);
}

/** The model's value of a field, or null. */
export function suggested(task, field) {
  const part = task.analysis?.[field];
  if (!part) return null;
  return field === "effort" ? part.points : part.value;
}

/** One line for a screen reader or a compact card. */
export function summary(task) {
  const parts = Object.keys(fieldNames).map((field) => {
    const value = task.fields?.[field]?.value ?? suggested(task, field);
    return value === null || value === undefined ? null : `${fieldNames[field].toLowerCase()} ${shown(field, value)}`;
  });
  return parts.filter(Boolean).join(", ");
}

/** Small values of all fields, for the closed card. */
export function chips(task) {
  return Object.keys(fieldNames).map((field) => {
    const human = task.fields?.[field];
    const value = human?.value ?? suggested(task, field);
    if (value === null || value === undefined) return null;
    const part = task.analysis?.[field];
    const zone = human ? "human" : part?.zone ?? "suggest";
    const mark = human ? (human.user === user.name ? "yours" : human.user ?? "a person") : percent(part?.confidence ?? 0);
    return h("span", { class: `chip zone-${zone}`, title: human ? `${fieldNames[field]}: set by ${human.user ?? "a person"}` : `${fieldNames[field]}: ${zones[zone]?.meaning ?? ""}` },
      h("span", { class: "chip-value" }, shown(field, value)),
      h("span", { class: "chip-mark" }, mark));
  });
}

function confidence(part, isFlagged) {
  const bar = h("span", { class: "bar-fill" });
  bar.style.width = `${Math.round((part.confidence ?? 0) * 100)}%`;
  const zone = zones[part.zone];
  return h("div", { class: "confidence" },
    h("span", {
      class: "bar", role: "meter", "aria-label": "Confidence", "aria-valuemin": "0", "aria-valuemax": "100",
      "aria-valuenow": Math.round((part.confidence ?? 0) * 100),
    }, bar),
    h("span", { class: "percent" }, percent(part.confidence ?? 0)),
    zone && h("span", { class: "zone-word", title: isFlagged ? "The text may have steered it; a person should choose" : zone.meaning },
      isFlagged ? "flagged, please choose" : zone.word));
}

/** Whether the built-in model filled this field of a remote model's answer: only its suggestions have terms or an interval. */
function isFilledIn(task, part) {
  return task.analysis?.rung === "provider" && Boolean(part) && (part.reasons?.length > 0 || part.low < part.high);
}

/** What is said of an effort without enough evidence, by who made it. */
function doubt(analysis, isFilled) {
  if (analysis.rung === "neighbours") return "Not enough evidence yet: the similar tasks were estimates from the averages themselves.";
  if (analysis.rung === "provider" && !isFilled) return "Don't rely on this estimate: see the note on the text above.";
  return "Not enough evidence yet: an estimate from the averages.";
}

function flagNote(flags) {
  if (!flags?.length) return null;
  const found = flags.map((flag) => {
    const [place, sign] = flag.split(":");
    return `The ${flagPlaces[place] ?? place} ${flagSigns[sign] ?? `reads like an instruction to a model (${sign})`}.`;
  });
  return h("div", { class: "note warn", testid: "flags" },
    h("p", {}, h("strong", {}, "Please look at this task yourself."), " Something in it reads like an instruction to a model, and may have steered the suggestion:"),
    h("ul", { class: "plain-list" }, [...new Set(found)].map((text) => h("li", {}, text))));
}

/** Why the answer is not the usual one. A fallback is another provider, not a simpler answer. */
function degradedNote(analysis) {
  const text = analysis.rung === "provider" ? "The usual provider gave no usable answer, so a fallback did"
    : `This is a simpler answer than usual, made by ${rungs[analysis.rung] ?? analysis.rung}`;
  return h("p", { class: "note warn", testid: "degraded" }, text,
    analysis.reason ? `: ${analysis.reason}.` : analysis.rung === "provider" ? "." : " because the model was not available.");
}

function reasonList(reasons, limit) {
  if (!reasons?.length) return null;
  const strongest = Math.max(...reasons.map((reason) => Math.abs(reason.weight ?? 0))) || 1;
  return h("ul", { class: "reasons", "aria-label": "Terms that decided" }, reasons.slice(0, limit).map((reason) => {
    const against = (reason.weight ?? 0) < 0;
    const item = h("li", {
      class: against ? "reason against" : "reason",
      title: `${against ? "speaks against it" : "speaks for it"}, found in the ${reason.field ?? "text"}, weight ${(reason.weight ?? 0).toFixed(2)}`,
    }, against && h("span", { class: "hidden" }, "not: "), reason.term);
    item.style.setProperty("--strength", String(0.25 + 0.75 * Math.abs(reason.weight ?? 0) / strongest));
    return item;
  }));
}

function others(part) {
  const entries = Object.entries(part?.distribution ?? {}).filter(([value]) => value !== part.value);
  if (!entries.length) return null;
  entries.sort((a, b) => b[1] - a[1]);
  return h("p", { class: "others" }, "otherwise ", entries.slice(0, 4).map(([value, share]) => `${value} ${percent(share)}`).join(" · "));
}

/** The control to choose another value; it calls `save` with the value or says what is missing. */
function editor(task, field, key, save, cancel) {
  const current = task.fields?.[field]?.value ?? suggested(task, field);
  const id = `edit-${task.id}-${field}`;
  const inputs = [];
  let read;
  if (field === "effort") {
    const input = h("input", {
      id, type: "number", min: "0", max: "100", step: "any", inputmode: "decimal", value: current === null ? "" : rounded(current), required: true,
      "data-key": `${key}/input`, testid: "effort-input",
    });
    inputs.push(input, h("span", { class: "unit" }, "points"));
    read = () => (input.value !== "" && input.checkValidity() ? Number(input.value) : null);
  } else {
    const isClosed = field === "category" && teamCategories !== null;
    const values = field === "priority" ? priorities : isClosed ? teamCategories
      : [...new Set([...knownCategories, ...Object.keys(task.analysis?.category?.distribution ?? {}), current].filter(Boolean))];
    const select = h("select", { id, "data-key": `${key}/input`, testid: `${field}-select` },
      // Nothing is chosen beforehand where nothing is suggested: the first choice would be a suggestion too.
      (current === null || !values.includes(current)) && h("option", { value: unchosen }, "choose…"),
      values.map((value) => h("option", { value }, value)));
    select.value = values.includes(current) ? current : unchosen;
    inputs.push(select);
    read = () => (select.value === unchosen ? null : select.value);
    if (field === "category" && !isClosed) {
      select.append(h("option", { value: "" }, "another…"));
      const text = h("input", {
        type: "text", maxlength: "50", placeholder: "your own label", "aria-label": "Your own category",
        "data-key": `${key}/text`, testid: "category-text", class: "own-label",
      });
      text.hidden = select.value !== "";
      select.addEventListener("change", () => {
        text.hidden = select.value !== "";
        if (!text.hidden) text.focus();
      });
      inputs.push(text);
      read = () => (select.value === unchosen ? null : select.value || text.value.trim() || null);
    }
  }
  const missing = h("p", { class: "control-error", role: "alert", hidden: true },
    field === "effort" ? "A number from 0 to 100, please." : "Please choose or enter a label.");
  return h("form", {
    class: "editor", novalidate: true, testid: `${field}-editor`,
    onsubmit: (event) => {
      event.preventDefault();
      const value = read();
      missing.hidden = value !== null;
      if (value !== null) save(value);
    },
    onkeydown: (event) => { if (event.key === "Escape") cancel(); },
  },
  h("label", { for: id, class: "hidden" }, `Correct ${fieldNames[field].toLowerCase()}`),
  inputs,
  h("button", { type: "submit", class: "small primary", testid: `${field}-save`, "data-key": `${key}/save` }, "Save"),
  h("button", { type: "button", class: "small quiet", onclick: cancel, "data-key": `${key}/cancel` }, "Cancel"),
  missing);
}

function fieldRow(task, field, ui) {
  if (!hasAsked) refreshCategories();
  const part = task.analysis?.[field] ?? null;
  const human = task.fields?.[field] ?? null;
  const value = human?.value ?? suggested(task, field);
  const key = `${task.id}.${field}`;
  const isEditing = ui.isEditing(task.id, field);
  const isSaving = ui.isSaving(task.id, field);
  const name = fieldNames[field];
  const noEvidence = field === "effort" && part && part.enough_evidence === false;
  const isFilled = isFilledIn(task, part);

  const valueLine = h("div", { class: "field-value" },
    h("strong", { testid: `${field}-value`, class: value === null ? "nothing" : "" }, value === null ? (task.held_back ? "not set" : "no suggestion") : shown(field, value)),
    human && h("span", { class: "mark", testid: `${field}-mark` }, human.user === user.name ? "yours" : `set by ${human.user ?? "a person"}`),
    !human && field === "effort" && part?.low < part?.high
      && h("span", { class: "range" }, `between ${rounded(part.low)} and ${rounded(part.high)}`));

  const below = human
    ? part && h("p", { class: "others" }, suggested(task, field) === human.value
      ? `as suggested (${percent(part.confidence ?? 0)})` : `the model said ${shown(field, suggested(task, field))} (${percent(part.confidence ?? 0)})`)
    : part && confidence(part, task.analysis.flags?.length > 0 && !isFilled && part.zone === "ask");

  const actions = isEditing ? null : h("div", { class: "field-actions" },
    !human && part && h("button", {
      type: "button", class: "small", disabled: isSaving, testid: `${field}-accept`, "data-key": `${key}/accept`,
      "aria-label": `Accept ${name.toLowerCase()} ${shown(field, value)}`,
      onclick: () => ui.accept(task, [field]),
    }, "Accept"),
    h("button", {
      type: "button", class: "small quiet", disabled: isSaving, testid: `${field}-correct`, "data-key": `${key}/correct`,
      "aria-label": human ? `Change ${name.toLowerCase()}` : part ? `Correct ${name.toLowerCase()}` : `Choose ${name.toLowerCase()}`,
      onclick: () => {
        // Nobody waits for the list: it is there since the page showed its first suggestion, and newer the next time.
        if (field === "category") refreshCategories();
        ui.edit(task.id, field, true);
      },
    }, human ? "Change" : part ? "Correct" : "Choose"));

  return h("div", {
    class: `field ${human ? "is-human" : `zone-${part?.zone ?? "none"}`}`, testid: `field-${field}`, tabindex: "-1", "data-focus": key, "data-key": `${key}/row`,
    dataset: { source: human ? "human" : part ? "model" : "none", value: value === null ? "" : String(value) },
  },
  h("div", { class: "field-name" }, name),
  h("div", { class: "field-main" },
    isEditing
      ? editor(task, field, key, (chosen) => ui.correct(task, field, chosen), () => ui.edit(task.id, field, false))
      : [valueLine, below],
    noEvidence && !human && h("p", { class: "others" }, doubt(task.analysis, isFilled)),
    isFilled && !isEditing && h("p", { class: "others" }, "Filled in by the built-in model."),
    ui.isFull && !isEditing && !human && others(part),
    !isEditing && reasonList(part?.reasons, ui.isFull ? 8 : 4)),
  actions);
}

function similarList(similar) {
  if (!similar?.length) return null;
  return h("div", { class: "similar" },
    h("h4", {}, "Similar tasks"),
    h("ul", {}, similar.slice(0, 5).map((item) => h("li", {},
      h("a", { href: `#/tasks/${encodeURIComponent(item.task_id)}` }, item.title),
      h("span", { class: "similar-facts" }, percent(item.score ?? 0),
        item.shared_terms?.length ? ` · shares ${item.shared_terms.slice(0, 5).join(", ")}` : "")))));
}

function provenance(analysis) {
  const milliseconds = (analysis.duration_microseconds ?? 0) / 1000;
  return h("p", { class: "provenance" },
    "by ", rungs[analysis.rung] ?? analysis.rung ?? "the model", ", version ",
    h("span", { class: "mono", testid: "analysis-model" }, analysis.model_version),
    analysis.model && [", model ", h("bdi", { class: "mono", testid: "served-model" }, analysis.model)],
    milliseconds > 0 && `, in ${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`);
}

/** What is said to somebody who has waited: `step` as `TaskStore.waiting` names it. */
export function waitingWords(step, isLive) {
  if (!isLive) return "Saved. This page has lost its live connection; the suggestion will appear here by itself when it is back.";
  return step === "late"
    ? "Saved. The analysis takes longer than usual; the suggestion will appear here by itself."
    : "Saved. The analyzer has not answered for half a minute and may be down; the suggestion will appear here by itself.";
}

/** What is said while there is no analysis, in full sentences. */
function waiting(task, ui) {
  if (task.status === "failed") {
    return h("p", { class: "note warn", testid: "analysis-state", dataset: { state: "failed" } },
      "Saved. The analysis of this task failed, so there is no suggestion; you can still set the fields yourself.");
  }
  const progress = ui.store.progress(task.id);
  const step = ui.store.waiting(task.id);
  if (progress && !step) {
    // Not a live region: it changes ten times a second.
    return h("div", { class: "writing", testid: "analysis-state", dataset: { state: "writing" } },
      h("p", { class: "note busy" }, h("span", { class: "spinner", "aria-hidden": "true" }),
        h("span", {}, h("strong", {}, progress.model), " is writing…")),
      h("pre", { class: "writing-text", testid: "progress", tabindex: "0", role: "group", "aria-label": "What the model is writing", "data-progress": task.id, "data-key": `${task.id}.progress/text` },
        progress.text));
  }
  if (!step) {
    return h("p", { class: "note busy", testid: "analysis-state", dataset: { state: "analysing" } },
      h("span", { class: "spinner", "aria-hidden": "true" }), "Analysing…");
  }
  return h("p", { class: step === "slow" ? "note warn" : "note", testid: "analysis-state", dataset: { state: step } },
    waitingWords(step, ui.isLive()));
}

/** Why there is no suggestion for a person from whom they are held back. */
function heldBackNote() {
  return h("p", { class: "note", testid: "held-back" },
    "Suggestions are held back for you: what people choose without having seen one shows how good they are. Please set the fields yourself.");
}

/** Everything about a task's suggestion. `ui.isFull` adds the alternatives and more reasons. */
export function suggestionPanel(task, ui) {
  const analysis = task.analysis;
  const fields = Object.keys(fieldNames);
  const open = fields.filter((field) => analysis?.[field] && !task.fields?.[field]);
  const hasHuman = fields.some((field) => task.fields?.[field]);
  const showsFields = analysis || hasHuman || task.held_back || task.status === "failed" || ui.store.waiting(task.id);
  return h("div", { class: "suggestion" },
    task.held_back ? heldBackNote() : task.status !== "analysed" && waiting(task, ui),
    flagNote(analysis?.flags),
    analysis?.degraded && degradedNote(analysis),
    analysis?.explanation && h("p", { class: "explanation", testid: "explanation" },
      h("span", { class: "explanation-who" }, "The model says: "), h("q", { dir: "auto" }, analysis.explanation)),
    showsFields && h("div", { class: "fields" }, fields.map((field) => fieldRow(task, field, ui))),
    analysis?.labels?.length ? h("p", { class: "label-line" }, "Suggested labels: ",
      analysis.labels.map((label) => h("span", { class: "label" }, typeof label === "string" ? label : label.value ?? ""))) : null,
    open.length > 1 && h("div", { class: "all-actions" }, h("button", {
      type: "button", class: "small primary", testid: "accept-all", "data-key": `${task.id}.all/accept`,
      disabled: open.some((field) => ui.isSaving(task.id, field)), onclick: () => ui.accept(task, open),
    }, open.length === 3 ? "Accept all three" : `Accept the other ${open.length}`)),
    analysis && similarList(analysis.similar),
    analysis && provenance(analysis));
}
