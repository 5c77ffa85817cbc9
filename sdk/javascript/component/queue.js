/** The microtasks: what runs as soon as the code before it has returned. */

let tasks = [];

export function queueMicrotask(task) {
  if (typeof task !== "function") {
    throw new TypeError("queueMicrotask takes a function");
  }
  tasks.push(task);
}

/** Runs all tasks, also those that they add. */
export function runMicrotasks() {
  while (tasks.length > 0) {
    const batch = tasks;
    tasks = [];
    batch.forEach((task) => task());
  }
}
