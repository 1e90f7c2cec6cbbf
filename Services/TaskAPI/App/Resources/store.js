// What this page knows of tasks: the newest state of each, in order, and who still waits for an analysis.

/**
 * When a person who waits is told so, and when that nobody may be at it. A remote model can take ANALYSIS_DEADLINE
 * (20 seconds) without a word.
 */
const patienceMilliseconds = { late: 5_000, slow: 30_000 };
const earlyLimit = 100;

/** Which of two states of one task is newer. */
function newer(known, fresh) {
  if (!known) return fresh;
  if (known.revision !== fresh.revision) return known.revision > fresh.revision ? known : fresh;
  // It was somebody else who asked.
  if (Boolean(known.held_back) !== Boolean(fresh.held_back)) return fresh;
  const [before, after] = [Date.parse(known.updated_at), Date.parse(fresh.updated_at)];
  if (before !== after) return before > after ? known : fresh;
  return known.analysis && !fresh.analysis ? known : fresh;
}

/** Newest first; ids break ties, so that the order is the same each time. */
function byAge(a, b) {
  const difference = Date.parse(b.created_at) - Date.parse(a.created_at);
  return difference || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);
}

export class TaskStore extends EventTarget {
  #tasks = new Map();
  #timers = new Map();
  #waits = new Map();
  #early = new Map();
  #progress = new Map();
  #patience;

  constructor(patience = patienceMilliseconds) {
    super();
    this.#patience = patience;
  }

  get(id) { return this.#tasks.get(id); }
  has(id) { return this.#tasks.has(id); }
  get projects() { return [...new Set([...this.#tasks.values()].map((task) => task.project))].sort(); }
  get isWaiting() { return this.#timers.size > 0 || this.#waits.size > 0; }

  /** Ids of the tasks of `project` (all when empty), newest first. */
  ids(project) {
    return [...this.#tasks.values()].filter((task) => !project || task.project === project).sort(byAge).map((task) => task.id);
  }

  /** Takes in a task as the server sent it; an older state than the known one changes nothing. */
  put(task) {
    const known = this.#tasks.get(task.id);
    let current = newer(known, task);
    const early = this.#early.get(task.id);
    this.#early.delete(task.id);
    if (early?.revision === current.revision && !current.analysis) current = { ...current, status: "analysed", analysis: early };
    if (current === known || (known && JSON.stringify(known) === JSON.stringify(current))) return;
    this.#tasks.set(task.id, current);
    this.#watch(current);
    this.#changed(task.id, known);
  }

  /** Takes in an analysis as it arrives. False when it is not of the known revision: then the task must be fetched. */
  putAnalysis(id, analysis) {
    const known = this.#tasks.get(id);
    if (!known) {
      // An analysis can overtake the answer to the POST that made its task.
      this.#early.set(id, analysis);
      if (this.#early.size > earlyLimit) this.#early.delete(this.#early.keys().next().value);
      return false;
    }
    if (analysis.revision !== known.revision) return false;
    const shown = known.analysis;
    if (shown?.revision === analysis.revision && Date.parse(shown.analysed_at) > Date.parse(analysis.analysed_at)) return true;
    const current = { ...known, revision: analysis.revision, status: "analysed", analysis };
    this.#tasks.set(id, current);
    this.#watch(current);
    this.#changed(id, known);
    return true;
  }

  /** What a model has written so far of a task's analysis: `{model, text}`, or undefined. */
  progress(id) { return this.#progress.get(id)?.shown; }

  /** Takes in what a model is writing. False when nobody waits for it: no such task, another revision, or it is there. */
  putProgress(id, revision, summary) {
    const known = this.#tasks.get(id);
    if (known?.status !== "analysing" || known.revision !== revision || typeof summary?.text !== "string") return false;
    const model = summary.model || summary.provider || "The model";
    this.#progress.set(id, { revision, shown: { model: String(model), text: summary.text } });
    // Somebody is at it: patience starts again.
    this.#waits.delete(id);
    this.#wait(id, "late", this.#patience.late);
    return true;
  }

  /** Forgets a task that was erased. */
  remove(id) {
    clearTimeout(this.#timers.get(id));
    for (const known of [this.#timers, this.#waits, this.#early, this.#progress, this.#tasks]) known.delete(id);
  }

  /** Forgets all tasks. */
  clear() {
    this.#progress.clear();
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    this.#waits.clear();
    this.#tasks.clear();
  }

  /** `late` once the analysis takes longer than a person should wait without a word, `slow` much later; else undefined. */
  waiting(id) { return this.#waits.get(id); }

  #watch(task) {
    if (task.status !== "analysing" || this.#progress.get(task.id)?.revision !== task.revision) this.#progress.delete(task.id);
    if (task.status === "analysing") {
      if (this.#timers.has(task.id) || this.#waits.has(task.id)) return;
      this.#wait(task.id, "late", this.#patience.late);
    } else {
      clearTimeout(this.#timers.get(task.id));
      this.#timers.delete(task.id);
      this.#waits.delete(task.id);
    }
  }

  #wait(id, step, milliseconds) {
    clearTimeout(this.#timers.get(id));
    this.#timers.set(id, setTimeout(() => this.#lostPatience(id, step), milliseconds));
  }

  #lostPatience(id, step) {
    this.#timers.delete(id);
    if (this.#tasks.get(id)?.status !== "analysing") return;
    this.#waits.set(id, step);
    if (step === "late") this.#wait(id, "slow", this.#patience.slow - this.#patience.late);
    this.dispatchEvent(new CustomEvent("waiting", { detail: { id, step } }));
    this.#changed(id, this.#tasks.get(id));
  }

  #changed(id, before) {
    this.dispatchEvent(new CustomEvent("change", { detail: { id, before } }));
  }
}
