// Names its API in each of the ways that people use on AWS, with each SDK: the message says which.
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from "@aws-sdk/client-apigatewaymanagementapi";
import ApiGatewayManagementApi from "aws-sdk/clients/apigatewaymanagementapi.js";

function endpointOf({ domainName, apiId, stage }, way) {
  if (way === "domain") return `https://${domainName}/${stage}`;
  if (way === "id") return `https://${apiId}.execute-api.${process.env.AWS_REGION}.amazonaws.com/${stage}`;
  if (way === "eu-central-1") return `https://${apiId}.execute-api.${way}.amazonaws.com/${stage}`;
  if (way === "cn-north-1") return `https://${apiId}.execute-api.${way}.amazonaws.com.cn/${stage}`;
  return undefined;
}

export async function handler({ body, requestContext }) {
  const [sdk, way] = body.split(" ");
  const endpoint = endpointOf(requestContext, way);
  const message = { ConnectionId: requestContext.connectionId, Data: body };
  if (sdk === "v2") {
    await new ApiGatewayManagementApi({ endpoint }).postToConnection(message).promise();
  } else if (sdk === "v3") {
    const region = way.includes("-") ? way : undefined;
    await new ApiGatewayManagementApiClient({ endpoint, region }).send(new PostToConnectionCommand(message));
  } else {
    // Not signed: fetch checks the certificate, and the gateway refuses it.
    const { status } = await fetch(`${endpoint}/@connections/x`);
    await new ApiGatewayManagementApiClient({}).send(new PostToConnectionCommand({ ...message, Data: `${body} ${status}` }));
  }
  return { statusCode: 200 };
}
