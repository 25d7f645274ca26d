// Computes and validates signatures with Shopify's own library: a list of tasks in, a list of outcomes out. The folder in
// which the library is installed is the one that this is run in.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';

const require = createRequire(`${process.cwd()}/`);
require('@shopify/shopify-api/adapters/node');
const { ApiVersion, LogSeverity, shopifyApi } = require('@shopify/shopify-api');
const { HashFormat, createSHA256HMAC } = require('@shopify/shopify-api/runtime');

async function outcome(task) {
  if (task.do === 'sign') return createSHA256HMAC(task.secret, task.body, HashFormat.Base64);
  const shopify = shopifyApi({
    apiKey: 'key',
    apiSecretKey: task.secret,
    apiVersion: ApiVersion.January26,
    hostName: 'app.example',
    isEmbeddedApp: false,
    logger: { level: LogSeverity.Error },
  });
  const rawRequest = { method: 'POST', url: '/', headers: task.headers };
  return (await shopify.webhooks.validate({ rawBody: task.body, rawRequest })).valid;
}

const tasks = JSON.parse(readFileSync(0, 'utf8'));
process.stdout.write(JSON.stringify(await Promise.all(tasks.map(outcome))));
