/** The three routes: from the host's event to the handler's function, and from what it returns to the host's answer. */

import { accept, reject } from "../src/answers.js";
import { describe, payload } from "../src/values.js";
import { ConnectEvent, DisconnectEvent, MessageEvent } from "../src/events.js";
import { fail } from "./failure.js";
import { run } from "./loop.js";

/** How each of the handler's functions is called. */
const ROUTES = {
  onConnect: { Event: ConnectEvent, answer: connectAnswer },
  onMessage: { Event: MessageEvent, answer: messageAnswer },
  onDisconnect: { Event: DisconnectEvent, answer: () => undefined },
};

/**
 * The export of a route.
 *
 * @param {"onConnect" | "onMessage" | "onDisconnect"} name
 * @param {() => Record<string, Function>} load Runs the author's modules, and returns what they export.
 */
export function route(name, load) {
  const { Event, answer } = ROUTES[name];
  return (event) => {
    try {
      // Also the modules may start what is waited for.
      const call = () => callable(load(), name)(new Event(event));
      return answer(run(name, call));
    } catch (error) {
      throw fail(error);
    }
  };
}

function callable(handler, name) {
  const call = handler[name];
  if (typeof call !== "function") {
    throw new TypeError(`${name} must be a function, and is ${describe(call)}`);
  }
  return call;
}

function connectAnswer(returned) {
  if (returned === undefined || returned === null || returned === true) {
    return accept();
  }
  if (returned === false) {
    return reject();
  }
  if (returned.tag === "accept" || returned.tag === "reject") {
    return returned;
  }
  const hint = 'return nothing to accept, accept("chat") with a subprotocol, or reject(401)';
  throw new TypeError(`onConnect returned ${describe(returned)}: ${hint}`);
}

function messageAnswer(returned) {
  return returned === undefined || returned === null ? null : payload(returned, "what onMessage returned");
}
