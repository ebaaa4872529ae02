// Files of other programs: images, CIFAR-10, training logs, tensors of PyTorch, Parquet.
import { ok } from 'node:assert';
import { readFileSync } from 'node:fs';
import { crc32, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { encode } from 'jpeg-js';
import { fromCifar10 } from '../../src/data/cifar.ts';
import { readTensors } from '../../src/exchange/read_tensors.ts';
import { diagnose } from '../../src/experiment/diagnose.ts';
import { fromImages } from '../../src/experiment/images.ts';
import { readLog } from '../../src/experiment/logs/index.ts';
import { logSource } from '../../src/experiment/logs/log_source.ts';
import { maskedCrc } from '../../src/experiment/logs/tensorboard.ts';
import { openParquet } from '../../src/experiment/parquet.ts';
import { sizeOf } from '../../src/shape.ts';
import { byteEdits, edited, textEdits } from './edits.ts';
import { format } from './format.ts';
import { expectData } from './tables.ts';

type File = Uint8Array<ArrayBuffer>;
const own = (bytes: Uint8Array): File => Uint8Array.from(bytes);

/** A part of a PNG with its checksum. */
function chunk(kind: string, content: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(kind, 'latin1'), content]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

/** A PNG of 4 x 3 pixels, or one that says so. */
function pngFile(colour: number, channels: number, size: readonly [number, number] = [4, 3]): File {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(size[0], 0);
  header.writeUInt32BE(size[1], 4);
  header.set([8, colour, 0, 0, 0], 8);
  const rows = Buffer.from(
    Array.from({ length: 3 * (1 + 4 * channels) }, (_, i) => (i % (1 + 4 * channels) === 0 ? (i / (1 + 4 * channels)) % 5 : (i * 37) % 256)),
  );
  return own(
    Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), chunk('IHDR', header), chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]),
  );
}

/** With the checksums of what it holds now: whoever means harm can make them, too. */
function withChecksums(file: File): File {
  const bytes = Buffer.from(file);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = bytes.readUInt32BE(at);
    if (at + 12 + length > bytes.length) break;
    bytes.writeUInt32BE(crc32(bytes.subarray(at + 4, at + 8 + length)), at + 8 + length);
    at += 12 + length;
  }
  return own(bytes);
}

const PNGS = [pngFile(2, 3), pngFile(0, 1), pngFile(6, 4)];
const JPEG = own(encode({ width: 4, height: 3, data: Buffer.alloc(48, 90) }, 60).data);

export const image = format<File>({
  cases: fc.oneof(edited(PNGS, byteEdits), edited(PNGS, byteEdits).map(withChecksums), edited([JPEG], byteEdits)),
  async read(bytes) {
    for (const options of [{}, { size: [4, 4] as [number, number], channels: 1 }])
      expectData(
        await fromImages(
          [
            { bytes, label: 'a', name: 'a/1.png' },
            { bytes: PNGS[0]!, label: 'b', name: 'b/1.png' },
          ],
          options,
        ),
      );
  },
  place: /^(a\/1\.png|b\/1\.png|png|jpeg|dataset)\b/,
  // Sizes that are far from what the bytes hold.
  found: [pngFile(2, 3, [2 ** 31 - 1, 2 ** 31 - 1]), pngFile(0, 1, [2 ** 16, 2 ** 16]), pngFile(2, 3, [2 ** 25, 3]), pngFile(6, 4, [3, 2 ** 24])],
});

const RECORDS = own(Uint8Array.from({ length: 2 * 3073 }, (_, i) => (i % 3073 === 0 ? 3 : i % 256)));

export const cifar10 = format<File>({
  cases: edited([RECORDS, RECORDS.slice(0, 3073)], byteEdits),
  read: (bytes) => expectData(fromCifar10([bytes])),
  place: /^fromCifar10: /,
});

const steps = (line: (step: number) => object): object[] => [1, 2, 3].map(line);
const LOGS: readonly (readonly [string, string])[] = [
  [
    'trainer_state.json',
    JSON.stringify({
      global_step: 3,
      log_history: [1, 2, 3].map((step) => ({ step, epoch: step / 3, loss: 2 / step, grad_norm: 0.5, learning_rate: 0.001 })),
      max_steps: 3,
    }),
  ],
  ['metrics.csv', 'epoch,step,train_loss,val_loss\n0,0,2.3,\n0,1,2.1,\n0,1,,2.2\n1,2,1.9,\n1,3,1.7,1.9\n'],
  ['history.json', JSON.stringify({ loss: [2.3, 2, 1.7], val_loss: [2.4, 2.1, 2], accuracy: [0.1, 0.3, 0.5] })],
  ['log.csv', 'step,loss,grad_norm,grad_norm/fc1,grad_norm/fc2\n1,2.3,0.5,0.1,0.4\n2,2.1,0.4,0.1,0.3\n3,1.9,nan,0.1,0.2\n'],
  ['log.jsonl', [1, 2, 3].map((step) => JSON.stringify({ step, loss: 2 / step, 'grad/fc1': 0.1 })).join('\n')],
  ['wandb.json', JSON.stringify(steps((step) => ({ _step: step, loss: 2 / step, 'gradients/a': { _type: 'histogram', values: [1, 2], bins: [-1, 0, 1] } })))],
  ['rows.json', JSON.stringify(steps((step) => ({ step, loss: 2 / step, grad: { a: 1 } })))],
  ['printed.log', [1, 2, 3].map((step) => `[step ${step}] loss=${2 / step} lr: 1e-3 | val_loss 2.5 {'acc': 0.5}`).join('\n')],
  ['wandb.jsonl', [1, 2, 3].map((step) => JSON.stringify({ _step: step, _timestamp: 1.5e9, 'train/loss': 2 / step })).join('\n')],
  [
    'train.log',
    [1, 2, 3]
      .map(
        (step) =>
          ` iteration ${step}/ 10 | consumed samples: ${step * 8} | elapsed time per iteration (ms): 12.3 | learning rate: 1.0E-04 | lm loss: ${2 / step}E+00 | grad norm: 0.5 |`,
      )
      .join('\n'),
  ],
];

/** The first records of a file that TensorBoard wrote, and its events. */
const EVENTS = own(readFileSync('tests/fixtures/logs/events.out.tfevents.sample'));
const events: File[] = [];
for (let at = 0; events.length < 12; ) {
  const length = new DataView(EVENTS.buffer).getUint32(at, true);
  events.push(EVENTS.slice(at + 12, at + 12 + length));
  at += 16 + length;
}

/** As TensorBoard frames its events, with their checksums: whoever means harm can make them, too. */
const framed = (all: readonly Uint8Array[]): File =>
  own(
    Buffer.concat(
      all.flatMap((bytes) => {
        const [head, tail] = [Buffer.alloc(12), Buffer.alloc(4)];
        head.writeUInt32LE(bytes.length);
        head.writeUInt32LE(maskedCrc(head.subarray(0, 8)), 8);
        tail.writeUInt32LE(maskedCrc(bytes));
        return [head, bytes, tail];
      }),
    ),
  );

const eventFiles = fc.oneof(
  edited([framed(events)], byteEdits),
  fc.tuple(fc.nat(events.length - 1), byteEdits).map(([at, edit]) => framed(events.map((event, i) => (i === at ? edit(event) : event)))),
);

const logs = fc.oneof(
  { weight: 1, arbitrary: eventFiles.map((bytes) => ['events.out.tfevents.1', bytes] as const) },
  {
    weight: LOGS.length,
    arbitrary: fc.constantFrom(...LOGS).chain(([path, text]) =>
      fc
        .oneof(
          {
            weight: 3,
            arbitrary: edited([text], textEdits(['{', '}', '"', ',', '\n', '\r', 'nan', 'NaN', '1e999', '-1', 'step', 'loss', '__proto__', '|', '[', ':'])).map(
              (changed) => own(Buffer.from(changed)),
            ),
          },
          { weight: 1, arbitrary: edited([own(Buffer.from(text))], byteEdits) },
        )
        .map((bytes) => [path, bytes] as const),
    ),
  },
);

export const log = format<readonly [string, Uint8Array]>({
  cases: logs,
  read([path, bytes]) {
    const { history, notes } = readLog(logSource(path, bytes.length, () => [bytes]));
    ok(history.steps.length >= 0 && Array.isArray(notes));
    diagnose(history);
  },
  place: /^[^:]+: ./s,
  // JSON that no format knows, under its name.
  found: ['{"epoch":[1]}', '5', 'null', '"loss"'].map((text) => ['history.json', own(Buffer.from(text))] as const),
});

const TORCH = own(readFileSync('tests/fixtures/torch_own_1.safetensors'));

export const pytorch = format<File>({
  cases: edited([TORCH], byteEdits),
  async read(bytes) {
    const { tensors } = await readTensors([{ name: 'a.safetensors', bytes }], () => bytes);
    for (const { shape, data } of tensors.values()) ok(data.length === sizeOf(shape));
  },
  place: /^[^:]+: ./s,
});

const TABLES = ['table', 'pyarrow_runs', 'pyarrow_deltas'].map((name) => own(readFileSync(`tests/fixtures/${name}.parquet`)));

export const parquet = format<File>({
  cases: edited(TABLES, byteEdits),
  async read(bytes) {
    const table = await openParquet(bytes);
    for (const { fields } of table.records()) ok(fields.length === table.names.length);
  },
  place: /^parquet: ./s,
  // A run of 134 million indexes where 21 are left, of levels where 25 are, and a page of as many values: the library repeats what it is told.
  found: [
    [65, 0xfe, 0xff, 0xff, 0x7f],
    [59, 0xfe, 0xff, 0xff, 0x7f],
    [342, 0xfe, 0xff, 0xff, 0x7f],
  ].map(([at, ...run]) => {
    const bytes = own(TABLES[at! < 300 ? 1 : 2]!);
    bytes.set(run, at);
    return bytes;
  }),
});
