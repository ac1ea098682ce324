// bbc's sqs-consumer: `node sqs_consumer_app.mjs MODULES ENDPOINT_URL QUEUE_URL`, with the same kinds of work as work.py.
// `batchSize` 10 with `handleMessageBatch`: its README, "Message Processing Behavior" and its API pages; the whole batch
// is then deleted in one request. The messages of a batch are handled at the same time, as JavaScript's handlers are.
import { appendFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [modules, endpointUrl, queueUrl] = process.argv.slice(2);
const require = createRequire(join(modules, "package.json"));
const { SQSClient } = require("@aws-sdk/client-sqs");
const { Consumer } = require("sqs-consumer");

const sleepMs = 1000 * Number(process.env.BENCH_SLEEP_SECONDS ?? 0.02);
const kinds = {
  trivial: (event) => event.number,
  // 1 ms by the clock: a process that has its core to itself spends it as CPU. A count of rounds would depend on the JIT.
  spin: () => { const end = performance.now() + 1; while (performance.now() < end); },
  sleep: () => new Promise((resolve) => setTimeout(resolve, sleepMs)),
  stamp: (event) => appendFileSync(process.env.BENCH_STAMPS, `${event.number} ${process.hrtime.bigint()}\n`),
};
const work = kinds[process.env.BENCH_WORK ?? "trivial"];

Consumer.create({
  queueUrl,
  batchSize: 10,
  handleMessageBatch: async (messages) => {
    await Promise.all(messages.map((message) => work(JSON.parse(message.Body))));
    return messages;
  },
  sqs: new SQSClient({ region: "us-east-1", endpoint: endpointUrl, useQueueUrlAsEndpoint: false }),
}).on("error", (error) => console.error(error.message)).start();
