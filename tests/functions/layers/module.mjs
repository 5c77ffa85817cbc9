// The same as an ES module.
import { name as own } from "both";

export const handler = async (event) => {
  const url = process.env.AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI;
  const connectionId = encodeURIComponent(event.requestContext.connectionId);
  const name = await import(event.body).then((found) => found.name, (error) => error.code);
  await fetch(`${url}/@connections/${connectionId}`, { method: "POST", body: `${own} ${name}` });
  return { statusCode: 200 };
};
