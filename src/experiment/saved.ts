// A saved model, out of training: opened from its file, it evaluates and predicts what it has not seen.
import { rowsFromCsv, samplesFromCsv, type TrainedOn } from '../data/csv_rows.ts';
import { datasetOf } from '../data/dataset.ts';
import type { Engine } from '../engine.ts';
import { DataError, UsageError } from '../errors.ts';
import { readDocument } from '../io/checkpoint.ts';
import type { Loss } from '../nn/losses.ts';
import { type Numbers, toFloats } from '../numbers.ts';
import type { Evaluation } from '../train/evaluation.ts';
import { load } from '../train/files.ts';
import type { LiveModel } from '../train/live_model.ts';
import { buildLoss, buildModel } from './build.ts';
import { fittedIn, loadData, prepared, type ReadFile, scaled } from './data.ts';
import type { Experiment, FittedDocument } from './document.ts';
import { parseExperiment } from './schema.ts';
import { modelSize } from './size.ts';

/** The document in the file of a model or a checkpoint. Throws DataError or UsageError where there is none. */
export function documentOf(file: Uint8Array): Experiment {
  const document = readDocument(file);
  if (document === undefined) throw new DataError('the file holds a model but no document that says what model: save it with the document of its experiment');
  return parseExperiment(document);
}

/** The model of an experiment with its parameters, in inference mode. */
export class SavedModel {
  readonly document: Experiment;
  readonly #fitted: FittedDocument;
  readonly #loss: Loss;
  readonly #model: LiveModel;

  private constructor(document: Experiment, fitted: FittedDocument, loss: Loss, model: LiveModel) {
    this.document = document;
    this.#fitted = fitted;
    this.#loss = loss;
    this.#model = model;
  }

  /** Opens a file that `runExperiment` has saved, or a checkpoint of it. Rejects with DataError where it is damaged or of something else. */
  static async open(engine: Engine, file: Uint8Array): Promise<SavedModel> {
    const document = documentOf(file);
    if (!document.fitted)
      throw new DataError('the file does not say how the data of its model were prepared: save the model at the end of a run of its experiment');
    const size = modelSize(document.model.layers, document.fitted.inputs);
    if ('parameters' in size && size.parameters * 4 > file.byteLength)
      throw new DataError(
        `the file has ${file.byteLength} bytes, and the model in its document ${size.parameters} parameters: it is damaged, or of another model`,
      );
    const fitted = fittedIn(document.data, document.fitted);
    const loss = buildLoss(document.loss, fitted.classes === undefined);
    const model = await engine.createModel(buildModel(document.model.layers), { features: fitted.inputs });
    try {
      load(model, file);
      return new SavedModel(document, fitted, loss, model);
    } catch (error) {
      model.destroy();
      throw error;
    }
  }

  /** Loss, accuracy and confusion matrix on the parts of the model's own data. */
  async evaluateParts(read?: ReadFile): Promise<{ part: string; rows: number; evaluation: Evaluation }[]> {
    const { train, validation, test } = await loadData(this.document, read, this.#fitted);
    const results = [];
    for (const [part, data] of Object.entries({ train, validation, test }))
      if (data) results.push({ part, rows: data.rows, evaluation: await this.#model.evaluate(data, this.#loss) });
    return results;
  }

  /** The same on a CSV text with a target column, which is found by its name or position in the training data. Rejects with DataError. */
  async evaluateCsv(text: string): Promise<{ part: string; rows: number; evaluation: Evaluation }[]> {
    const { data } = this.document;
    const all = samplesFromCsv(text, this.#trainedOn, data.source === 'csv' ? data.missing : undefined);
    const given = prepared(all, this.document, this.#fitted);
    return [{ part: 'data', rows: given.rows, evaluation: await this.#model.evaluate(given, this.#loss) }];
  }

  /** The classes' names in the order of the confusion matrix; undefined in a regression. */
  get classes(): readonly string[] | undefined {
    return this.#fitted.classes;
  }

  /**
   * Outputs of the model (logits), [rows, outputs].
   * @param given rows as they come from their source, neither divided nor scaled (pixels from 0 to 255, say): [rows, inputs], flat or a list of rows
   * @throws DataError where x is not whole rows of finite numbers
   */
  async outputs(given: Numbers): Promise<Float32Array> {
    const { inputs } = this.#fitted;
    const x = toFloats('predict: x', given, { width: inputs, finite: true });
    const rows = x.length / inputs;
    if (!Number.isInteger(rows) || rows < 1) throw new DataError(`predict: expected rows of ${inputs} numbers, got ${x.length} numbers`);
    return this.#model.predict(scaled(datasetOf({ x, y: new Float32Array(rows), shape: [inputs] }), this.#fitted).x);
  }

  get #trainedOn(): TrainedOn {
    const { inputs, features, classes, table, fill } = this.#fitted;
    return {
      inputs,
      ...(features ? { featureNames: features } : {}),
      ...(classes ? { classNames: classes } : {}),
      ...(table ? { table } : {}),
      ...(fill ? { fill } : {}),
    };
  }

  /**
   * Answers for a CSV text as CSV: the class and the probability of each, or the predicted numbers. A target column may be there and is not looked at;
   * it is found by its name or position in the training data. Rejects with DataError, with line and column.
   */
  async predictCsv(text: string): Promise<string> {
    const x = rowsFromCsv(text, this.#trainedOn);
    const outputs = await this.outputs(x);
    return answersCsv(outputs, x.length / this.#fitted.inputs, this.document, this.#loss, this.#fitted.classes);
  }

  destroy(): void {
    this.#model.destroy();
  }
}

/** Opens a file that `runExperiment` has saved: `const model = await openModel(engine, bytes)`. As `SavedModel.open`. */
export function openModel(engine: Engine, file: Uint8Array): Promise<SavedModel> {
  return SavedModel.open(engine, file);
}

/** How an output becomes a score of its class, by the loss that trained it; a plain number where it has none. */
function scoresOf(name: string, row: Float32Array): number[] {
  if (name === 'softmax_cross_entropy' || name === 'kl_div') {
    const most = row.reduce((a, b) => Math.max(a, b));
    const powers = Array.from(row, (value) => Math.exp(value - most));
    const sum = powers.reduce((a, b) => a + b);
    return powers.map((power) => power / sum);
  }
  return name === 'bce_with_logits' ? Array.from(row, (value) => 1 / (1 + Math.exp(-value))) : [...row];
}

function answersCsv(outputs: Float32Array, rows: number, { loss }: Experiment, { classOf }: Loss, classes: readonly string[] | undefined): string {
  const name = typeof loss === 'string' ? loss : loss.name;
  const columns = outputs.length / rows;
  if (classes && columns !== classes.length && columns !== 1) throw new UsageError(`predict: the model has ${columns} outputs for ${classes.length} classes`);
  // One output speaks for the second of two classes.
  const named = classes && (columns === 1 ? classes.slice(1, 2) : classes);
  const what = ['softmax_cross_entropy', 'kl_div', 'bce_with_logits'].includes(name) ? 'p' : 'score';
  const heading = named
    ? ['class', ...named.map((label) => `${what}(${label})`)]
    : columns === 1
      ? ['prediction']
      : range(columns).map((i) => `prediction ${i}`);
  const lines = [heading.map(quoted).join(',')];
  for (let row = 0; row < rows; row++) {
    const output = outputs.subarray(row * columns, (row + 1) * columns);
    const scores = scoresOf(name, output).map(digits);
    // A regression on classes (mse on one-hot targets) answers with the largest, or with the nearer of 0 and 1.
    const index = classOf ? classOf(output) : columns === 1 ? Number(output[0]! > 0.5) : output.indexOf(Math.max(...output));
    lines.push((classes ? [quoted(classes[index]!), ...scores] : scores).join(','));
  }
  return `${lines.join('\n')}\n`;
}

const range = (count: number): number[] => [...Array(count).keys()];
/** As many digits as 32 bits hold. */
const digits = (value: number): string => String(Number(value.toPrecision(7)));
const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
