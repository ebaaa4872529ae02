// Reads a log in a thread of its own, so that the page stays fluid and a network trains on.
import type { LogOptions } from '../../src/experiment/logs/log_format.ts';
import { logSource } from '../../src/experiment/logs/log_source.ts';
import { type ForeignLog, foreignLog } from './foreign_log.ts';

export interface Question {
  file: File;
  options: LogOptions;
}
export type Answer = { log: ForeignLog | null } | { wrong: string };

const PIECE = 2 ** 20;

function* pieces(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

addEventListener('message', ({ data: { file, options } }: MessageEvent<Question>) => {
  void file
    .arrayBuffer()
    .then((buffer): Answer => {
      const bytes = new Uint8Array(buffer);
      return {
        log: foreignLog(
          logSource(file.name, bytes.length, () => pieces(bytes)),
          options,
        ),
      };
    })
    .catch((error): Answer => ({ wrong: error instanceof Error ? error.message : String(error) }))
    .then((answer) => postMessage(answer));
});
