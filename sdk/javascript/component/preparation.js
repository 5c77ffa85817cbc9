/**
 * What an instance does before its event is there, so that the event takes less time: it runs a sample of a handler.
 *
 * An instance shares the component's memory, and gets a copy of a page when it first writes to it. What the sample writes
 * to, the event finds copied. The author's modules are run later, by the event.
 */

import { send } from "../src/connections.js";
import { provide } from "../src/host.js";
import { route } from "./routes.js";

const SAMPLE = {
  request: {
    connectionId: "sample",
    requestId: "sample",
    routeKey: "sample",
    domainName: "sample",
    stage: "sample",
    apiId: "sample",
    connectedAt: 0,
    sourceIp: "",
    userAgent: undefined,
    authorizer: [],
    stageVariables: [],
  },
  messageId: "sample",
  body: { tag: "text", val: "sample" },
};

/** The handler, as the build translates an `async` function. */
const load = () => ({ onMessage: (event) => Promise.resolve(send(event.connectionId, event.body)) });

/**
 * @param {object} services The host's, which are in place again afterwards.
 */
export function prepare(services) {
  provide({ connections: { send() {} } });
  route("onMessage", load)(SAMPLE);
  provide(services);
}
