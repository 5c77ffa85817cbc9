import { ConflictError, GobletError, groups, send, state } from "goblet";

const commands = {
  join(event, room, label) {
    groups.join(room, event.connectionId, label);
  },
  leave: (event, room) => groups.leave(room, event.connectionId),
  members: (_, room) => groups.members(room).map(({ label }) => label),
  say: (event, room, text) => groups.send(room, text, [event.connectionId]),
  put: (_, key, value) => void state.put("notes", key, value),
  putNew(_, key, value) {
    try {
      state.put("notes", key, value, { ifAbsent: true });
    } catch (error) {
      return [error instanceof ConflictError, error instanceof GobletError, error.message];
    }
  },
  get: (_, key) => state.get("notes", key)?.text,
  count() {
    const entry = state.get("counters", "visits");
    const visits = (entry?.json() ?? 0) + 1;
    state.put("counters", "visits", JSON.stringify(visits), entry ? { ifRevision: entry.revision } : { ifAbsent: true });
    return visits;
  },
  remove: (_, key) => state.remove("notes", key),
  list: (_, prefix) => [...state.allEntries("notes", { prefix })].map(({ key }) => key),
};

export function onMessage(event) {
  const [name, ...words] = event.body.split(" ");
  const answer = commands[name](event, ...words);
  send(event.connectionId, JSON.stringify(answer ?? null));
}
