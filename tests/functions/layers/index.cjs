// Says what it finds in its layers: the message names a package.

exports.handler = async (event) => {
  const url = process.env.AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI;
  const connectionId = encodeURIComponent(event.requestContext.connectionId);
  await fetch(`${url}/@connections/${connectionId}`, { method: "POST", body: require(event.body).name });
  return { statusCode: 200 };
};
