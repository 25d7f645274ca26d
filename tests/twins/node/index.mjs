// The same visit as in Node: Lambda's loop (shorter than AWS's own), the SDK's client, one bundled file, which is the
// quickest start that Node has. It leaves out what else `redirect` computes, as the other twin does.
import { request, Agent } from "node:http";
import { DynamoDBClient, GetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";

const { CORE_TABLE, CLICKS_TABLE, AWS_LAMBDA_RUNTIME_API } = process.env;
const client = new DynamoDBClient({});
const known = new Map();

async function item(pk, sk) {
  const name = `${pk} ${sk}`;
  const entry = known.get(name);
  if (entry && Date.now() < entry.until) return entry.item;
  const { Item } = await client.send(new GetItemCommand({ TableName: CORE_TABLE, Key: { pk: { S: pk }, sk: { S: sk } } }));
  if (!Item) throw new Error("nothing there");
  known.set(name, { item: Item, until: Date.now() + 3000 });
  return Item;
}

async function visit(event) {
  const code = event.pathParameters.code.toUpperCase();
  const link = await item(`LNK#${code}`, "#");
  const [program, shop] = await Promise.all([
    item(`MER#${link.merchant.S}`, `PRG#${link.program.S}`),
    item(`SHP#${link.shop.S}`, "#"),
  ]);
  const id = process.hrtime.bigint().toString(16);
  await client.send(new UpdateItemCommand({
    TableName: CLICKS_TABLE,
    Key: { pk: { S: `CLK#${id}` } },
    UpdateExpression:
      "SET click = if_not_exists(click, :id), code = if_not_exists(code, :code), program = if_not_exists(program, :program), " +
      "merchant = if_not_exists(merchant, :merchant), #ttl = if_not_exists(#ttl, :ttl), last_click = :id ADD hits :one",
    ExpressionAttributeNames: { "#ttl": "ttl" },
    ExpressionAttributeValues: {
      ":id": { S: id }, ":code": { S: code }, ":program": { S: program.id.S }, ":merchant": { S: link.merchant.S },
      ":ttl": { N: String(Math.floor(Date.now() / 1000) + 7776000) }, ":one": { N: "1" },
    },
  }));
  const location = `${shop.site.S}/?ref=${code}&ref_click=${id}`;
  return { statusCode: 302, headers: { location, "cache-control": "no-store" }, body: "" };
}

const agent = new Agent({ keepAlive: true, maxSockets: 1 });
function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const [host, port] = AWS_LAMBDA_RUNTIME_API.split(":");
    const sent = request({ host, port, method, path: `/2018-06-01/runtime/${path}`, agent }, (answer) => {
      const parts = [];
      answer.on("data", (part) => parts.push(part));
      answer.on("end", () => resolve({ headers: answer.headers, body: Buffer.concat(parts).toString() }));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

for (;;) {
  const { headers, body } = await call("GET", "invocation/next");
  const id = headers["lambda-runtime-aws-request-id"];
  try {
    await call("POST", `invocation/${id}/response`, JSON.stringify(await visit(JSON.parse(body))));
  } catch (failure) {
    await call("POST", `invocation/${id}/error`, JSON.stringify({ errorMessage: String(failure), errorType: "Error" }));
  }
}
