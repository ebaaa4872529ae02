// `fathom diagnose` of a log, and `fathom compare` of two: what is printed, in which form, and the exit status.
import { appendFileSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { compareLogs } from '../../src/cli/compare_logs.ts';
import { diagnoseCommand, treatCommand } from '../../src/cli/diagnose_command.ts';
import { diagnoseLog, watchLog } from '../../src/cli/diagnose_log.ts';
import { loadGiven } from '../../src/cli/given.ts';
import { logAt, openLog } from '../../src/cli/log_file.ts';
import { noiseCommand } from '../../src/cli/noise_command.ts';
import { preflightCommand } from '../../src/cli/preflight_command.ts';
import { runCommand } from '../../src/cli/run_command.ts';
import { UsageError } from '../../src/errors.ts';
import { textSource } from '../../src/experiment/logs/log_source.ts';
import { TORCH_ADVICE } from '../../src/experiment/logs/torch_advice.ts';
import { REMEDY_IDS } from '../../src/experiment/remedies/index.ts';
import { foreignRuns } from '../support/foreign_runs.ts';

const folder = mkdtempSync(join(tmpdir(), 'fathom-logs-'));
const runs = new Map(foreignRuns().map((run) => [run.name, run.lines]));
function save(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}
const sick = save('sick.jsonl', runs.get('cnn/sigmoid in depth')!.join('\n'));
const healthy = save('healthy.jsonl', runs.get('cnn/healthy')!.join('\n'));

let out: string[];
let err: string[];
beforeEach(() => {
  out = [];
  err = [];
  vi.spyOn(console, 'log').mockImplementation((text: string) => void out.push(text));
  vi.spyOn(console, 'error').mockImplementation((text: string) => void err.push(text));
});
afterEach(() => vi.restoreAllMocks());

describe('commands that train', () => {
  const rows = [1, 2, 3, 4].map((epoch) => `${epoch},${2 / epoch},${3 / epoch}`).join('\n');
  const logs = [
    save('epochs.csv', `epoch,loss,val_loss\n${rows}\n`),
    save('history.json', JSON.stringify({ loss: [2, 1], val_loss: [2, 1] })),
    save('printed.log', 'Epoch 1 loss: 0.3\nEpoch 2 loss: 0.2\n'),
    healthy,
  ];
  it.each(logs)('refuse a log, and say what to do with it: %s', async (path) => {
    for (const command of [runCommand, treatCommand, preflightCommand, noiseCommand])
      await expect(command(path, { steps: 5 } as never)).rejects.toThrow(
        `${path} is the log of a run, and nothing to train on: \`fathom diagnose ${path}\` says what went wrong in it`,
      );
    await expect(loadGiven(path, {})).rejects.toThrow(UsageError);
  });

  it.each([
    ['[[0.9, 1], [0.5, 0.6]]', 'rows without names'],
    ['[2.3, 2.1]', 'a list of numbers'],
    ['{"config": {"lr": 1}, "epochs": [1, 2]}', 'an object of anything'],
  ])('say of JSON that is neither a document nor a log what these have: %s', async (text) => {
    const path = save('neither.json', text);
    for (const command of [runCommand, diagnoseCommand])
      await expect(command(path, {} as never)).rejects.toThrow(
        `${path}: it is JSON, but no experiment document, which has data, model, loss, optimizer, training; a log has a list of losses by its name`,
      );
  });

  it('take a table with a column called loss where it is the target', async () => {
    const path = save('claims.csv', `age,size,loss\n${Array.from({ length: 20 }, (_, i) => `${i},${i % 3},${i * 1.5}`).join('\n')}\n`);
    await expect(loadGiven(path, {})).rejects.toThrow('where it is a table of data, --target names the column that is predicted');
    await expect(loadGiven(undefined, { data: path } as never)).rejects.toThrow('is the log of a run');
    expect((await loadGiven(path, { target: 'loss' } as never)).document.loss).toBe('mse');
  });
});

describe('diagnose', () => {
  it('takes a table whose first column counts epochs for a log, and asks what its columns are', async () => {
    const path = save('named.csv', ['epoch,train,valid', ...[0, 1, 2, 3].map((epoch) => `${epoch},${2 - epoch / 10},${2.1 - epoch / 10}`)].join('\n'));
    await expect(diagnoseCommand(path, {} as never)).rejects.toThrow(
      `no column is a training loss; say which with --map 'train=loss'. There are "epoch", "train", "valid"`,
    );
    expect(await diagnoseCommand(path, { map: ['train=loss', 'valid=validation_loss'] } as never)).toBe(0);
  });

  it('says what is wrong, and what to change in PyTorch, which nobody has tried', async () => {
    expect(await diagnoseLog(openLog(sick), {}, {})).toBe(1);
    expect(out.join('\n')).toMatch(/The gradient vanishes with depth/);
    expect(out.join('\n')).toMatch(/To try in PyTorch \(untried: Fathom cannot run this network\)\n {2}nn\.ReLU\(\)/);
    expect(out.join('\n')).not.toContain('critical_initialisation');
    expect(await diagnoseLog(openLog(healthy), {}, {})).toBe(0);
  });

  it('finds overfitting in a file of epochs, whose first loss is one of a whole epoch', async () => {
    const rows = (rise: number): string =>
      [
        'epoch,accuracy,loss,val_accuracy,val_loss',
        ...Array.from({ length: 30 }, (_, e) => `${e},0.9,${0.7 * Math.exp(-e / 8)},0.7,${0.6 + rise * Math.max(0, e - 6)}`),
      ].join('\n');
    expect(await diagnoseLog(openLog(save('overfits.csv', rows(0.06))), {}, {})).toBe(1);
    expect(out.join('\n')).toMatch(/The network overfits\n.*validation loss is 1\.9 against 0\.021 in training and above 0\.6 at its first check/);
    expect(await diagnoseLog(openLog(save('learns.csv', rows(-0.01))), {}, {})).toBe(0);
  });

  it('finds a loss that jumps to exactly 0, and a gradient that never comes, by the global norm alone', async () => {
    const states = (loss: (step: number) => number, norm: (step: number) => number): string =>
      JSON.stringify({ log_history: Array.from({ length: 60 }, (_, i) => ({ step: 10 * (i + 1), loss: loss(i), grad_norm: norm(i), learning_rate: 1e-4 })) });
    const until = (step: number) => (i: number) => (i < step ? 1.5 - 0.01 * i : 0);
    const said = async (name: string, text: string): Promise<string> => {
      out.length = 0;
      await diagnoseLog(openLog(save(`${name}/trainer_state.json`, text)), {}, {});
      return out.join('\n');
    };
    for (const name of ['masked', 'cut', 'solved']) mkdirSync(join(folder, name));
    expect(await said('masked', states(until(20), until(20)))).toMatch(/severe {2}The loss is exactly 0\n.*At step 210 the loss went from 1\.3 to exactly 0/);
    expect(
      await said(
        'cut',
        states(
          () => 1.1,
          () => 0,
        ),
      ),
    ).toMatch(/severe {2}No gradient reaches the weights\n.*in the last 60 steps, at a loss of 1\.1/);
    // One that comes to 0 by small steps was solved.
    expect(
      await said(
        'solved',
        states(
          (i) => (i < 50 ? Math.exp(-i / 5) : 0),
          (i) => (i < 50 ? Math.exp(-i / 5) : 0),
        ),
      ),
    ).not.toMatch(/exactly 0/);
  });

  it('has words of PyTorch for every remedy', () => {
    expect(Object.keys(TORCH_ADVICE).sort()).toEqual([...REMEDY_IDS].sort());
  });

  it('as JSON, with the advice', async () => {
    await diagnoseLog(openLog(sick), { format: 'json' }, {});
    const { findings, unchecked } = JSON.parse(out.join('\n')) as { findings: { rule: string; advice: string[] }[]; unchecked: object[] };
    expect(findings[0]!.rule).toBe('vanishing_with_depth');
    expect(findings[0]!.advice.slice(0, 2)).toEqual([TORCH_ADVICE.activation.en, TORCH_ADVICE.batch_norm.en]);
    expect(unchecked.length).toBeGreaterThan(0);
  });

  it('as annotations of GitHub, one line each', async () => {
    await diagnoseLog(openLog(sick), { format: 'github' }, {});
    const lines = out.join('\n').split('\n');
    expect(lines[0]).toMatch(/^::error file=.*sick\.jsonl,title=The gradient vanishes with depth \(vanishing_with_depth\)::On its way .* To try: nn\.ReLU/);
    for (const line of lines) expect(line).toMatch(/^::(error|warning|notice) file=[^,]*,title=[^,:]*::[^\n]+$/);
    out = [];
    await diagnoseLog(openLog(healthy), { format: 'github' }, {});
    expect(out.join('\n')).toMatch(/^::notice .*::Nothing found in \d+ steps/);
  });

  it('fails from the severity that was asked for on, and not for what is known', async () => {
    await diagnoseLog(openLog(sick), { format: 'json' }, {});
    const known = save('known.json', out.join('\n'));
    expect(await diagnoseLog(openLog(sick), { baseline: known }, {})).toBe(0);
    expect(out.join('\n')).toContain('(known)');
    const few = save('few.json', JSON.stringify({ findings: [{ rule: 'loss_stuck' }] }));
    expect(await diagnoseLog(openLog(sick), { baseline: few }, {})).toBe(1);
    const slow = save('slow.csv', `step,loss\n${Array.from({ length: 60 }, (_, i) => `${i + 1},2.3`).join('\n')}`);
    expect(await diagnoseLog(openLog(slow), {}, {})).toBe(1);
    expect(await diagnoseLog(openLog(slow), { failOn: 'severe' }, {})).toBe(0);
    await expect(diagnoseLog(openLog(sick), { baseline: healthy }, {})).rejects.toThrow(UsageError);
    await expect(diagnoseLog(openLog(sick), { baseline: save('no.json', '{}') }, {})).rejects.toThrow('expected what `fathom diagnose --format json` prints');
  });

  it('of a file that is not there, or is no log, is a typed error', async () => {
    await expect(diagnoseCommand(join(folder, 'none.csv'), {} as never)).rejects.toThrow('there is no such file');
    await expect(diagnoseCommand(save('experiment.json', '{"data": 1}'), { watch: true } as never)).rejects.toThrow(UsageError);
    await expect(diagnoseCommand(sick, { weights: 'm.safetensors' } as never)).rejects.toThrow('--weights: a run begins with them');
    expect(logAt(save('trainer_state.json', '{"log_history": []}'))).toBeDefined();
    expect(logAt(save('document.json', '{"data": {"source": "digits"}, "loss": "mse"}'))).toBeUndefined();
    expect(() => openLog(folder)).toThrow('a folder with an event file of TensorBoard');
  });
});

it('watch: a line when a finding comes or goes, while the file grows', async () => {
  const lines = runs.get('cnn/sigmoid in depth')!;
  const path = save('growing.jsonl', `${lines.slice(0, 20).join('\n')}\n`);
  const end = new AbortController();
  const status = watchLog(path, {}, {}, new Set(), { every: 10, signal: end.signal });
  const waitFor = (what: RegExp) => vi.waitFor(() => expect(out.join('\n')).toMatch(what), { timeout: 50_000, interval: 10 });
  await waitFor(/^step \d+ {2}\+ ✖ severe {2}The gradient vanishes with depth: .* To try: nn\.ReLU/m);
  appendFileSync(path, lines.slice(20).join('\n'));
  await waitFor(/\+ ▲ warn {2}The loss does not fall/);
  // The run is begun anew, and learns.
  writeFileSync(path, runs.get('cnn/healthy')!.join('\n'));
  await waitFor(/- ✖ severe {2}The gradient vanishes with depth/);
  end.abort();
  expect(await status).toBe(0);
});

describe('compare', () => {
  const header = '{"format":"fathom-history/2","layers":[{"name":"a"},{"name":"b"},{"name":"c"}]}';
  const log = (name: string, change: (step: number, layer: number) => number, loss: (step: number) => number = () => 1) =>
    textSource(
      `${name}.jsonl`,
      [
        header,
        ...Array.from({ length: 20 }, (_, t) =>
          JSON.stringify({ step: t + 1, loss: loss(t + 1), layers: [0, 1, 2].map((l) => ({ z: { l2: 2 * change(t + 1, l) }, delta: { l2: 0.1 } })) }),
        ),
      ].join('\n'),
    );
  const same = () => 1;

  it('names the first step and layer at which two runs part, and says how far', () => {
    const text = compareLogs(
      log('a', same),
      log(
        'b',
        (t, l) => (t >= 7 && l >= 1 ? 1.5 : 1),
        (t) => (t > 8 ? 3 : 1),
      ),
    );
    expect(text).toBe(
      'The runs part at step 7: the z of b is 2 in one and 3 in the other, a difference of 33.3 %.\nAt step 20 the losses are 1 and 3; they differ most at step 9, by 66.7 %.',
    );
  });

  it('of runs that do not part says so, within a tolerance', () => {
    const near = log('b', () => 1 + 1e-5);
    expect(compareLogs(log('a', same), near)).toMatch(/^The runs do not part in 20 steps: nothing differs by more than 0\.1 %/);
    expect(compareLogs(log('a', same), near, 1e-6)).toMatch(/^The runs part at step 1: the z of a/);
    expect(() => compareLogs(log('a', same), near, Number.NaN)).toThrow(UsageError);
    expect(() => compareLogs(log('a', same), textSource('c.csv', 'step,loss\n99,1'))).toThrow('have no step in common');
  });
});
