#!/usr/bin/env node
// A Chrome that starts and whose GPU never answers: it agrees to every message of the debugging protocol but the one that asks for its GPU.
import { createReadStream, writeSync } from 'node:fs';

const send = (message) => writeSync(4, `${JSON.stringify(message)}\0`);
const targetInfo = { targetId: '1', type: 'browser', title: '', url: '', attached: true };
const answers = { 'Target.getBrowserContexts': { browserContextIds: [] }, 'Target.attachToTarget': { sessionId: '1' } };

let rest = '';
createReadStream('', { fd: 3 }).on('data', (data) => {
  const messages = (rest + data).split('\0');
  rest = messages.pop();
  for (const { id, method } of messages.map((text) => JSON.parse(text))) {
    if (method === 'SystemInfo.getInfo') continue;
    if (method === 'Target.setDiscoverTargets') send({ method: 'Target.targetCreated', params: { targetInfo } });
    if (method === 'Target.attachToTarget') send({ method: 'Target.attachedToTarget', params: { sessionId: '1', targetInfo, waitingForDebugger: false } });
    send({ id, result: answers[method] ?? {} });
  }
});
