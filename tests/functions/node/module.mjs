// An ES module, with an import and `await` at its top.
import { readFile } from "node:fs/promises";

const own = await readFile(new URL(import.meta.url), "utf8");

export const handler = async (event) => {
  const url = process.env.AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI;
  const connectionId = encodeURIComponent(event.requestContext.connectionId);
  await fetch(`${url}/@connections/${connectionId}`, { method: "POST", body: own.split("\n")[0] });
  return { statusCode: 200 };
};
