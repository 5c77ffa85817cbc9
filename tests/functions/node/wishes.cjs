// A function that does what a message tells it, to see what Lambda's Node.js runtime makes of it.

async function send(event, value) {
  const url = process.env.AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI;
  const connectionId = encodeURIComponent(event.requestContext.connectionId);
  const response = await fetch(`${url}/@connections/${connectionId}`, { method: "POST", body: JSON.stringify(value) });
  // Unread, it would keep the event loop from being empty.
  await response.text();
}

function contextOf(context) {
  const left = context.getRemainingTimeInMillis();
  return {
    id: context.awsRequestId.length,
    name: context.functionName,
    arn: context.invokedFunctionArn,
    memory: context.memoryLimitInMB,
    version: context.functionVersion,
    left: left > 0 && left <= 60000,
    waits: context.callbackWaitsForEmptyEventLoop,
    trace: process.env._X_AMZN_TRACE_ID.slice(0, 5),
  };
}

class Lost extends Error {
  constructor(message) {
    super(message);
    this.name = "Lost";
  }
}

const circular = {};
circular.itself = circular;

exports.handler = async (event, context) => {
  switch (event.body) {
    case "context":
      await send(event, contextOf(context));
      break;
    case "throw":
      throw new Lost("nothing here");
    case "throw text":
      throw "a text";
    case "exit":
      process.exit(3);
      break;
    case "uncaught":
      setTimeout(() => { throw new Lost("too late"); });
      await new Promise(() => setTimeout(() => {}, 600_000));
      break;
    case "unhandled":
      Promise.reject(new Lost("nobody waits"));
      await new Promise(() => setTimeout(() => {}, 600_000));
      break;
    case "never":
      await new Promise(() => {});
      break;
    case "circular":
      return circular;
    case "large":
      return { statusCode: 200, body: "x".repeat(7_000_000) };
    case "log":
      console.log("said %s", "so");
      console.debug("hidden");
      console.error("failed", new Lost("logged"));
      await send(event, "done");
      break;
    default:
      await send(event, { process: process.pid, cwd: process.cwd() === process.env.LAMBDA_TASK_ROOT });
  }
  return { statusCode: 200 };
};

/** With a callback. The event loop is not empty until the timer is over, unless that is not to be waited for. */
exports.callback = (event, context, callback) => {
  context.callbackWaitsForEmptyEventLoop = event.body !== "at once";
  setTimeout(() => {}, event.body === "at once" ? 600_000 : 10);
  send(event, "called").then(() => {
    if (event.body === "error") callback(new Lost("by callback"));
    else callback(null, event.body === "text" ? "no response" : { statusCode: 200 });
  });
};

exports.returns = () => ({ statusCode: 200 });

exports.nested = { deep: { handler: exports.handler } };
