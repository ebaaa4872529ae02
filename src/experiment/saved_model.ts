// A saved model, out of training: opened from its file, it evaluates and predicts what it has not seen.

import { type RowOrigin, rowsFromCsv, samplesFromCsv } from '../data/csv_rows.ts';
import { type Dataset, datasetOf, givenDataset } from '../data/dataset.ts';
import { unscaledTargets } from '../data/target_units.ts';
import type { Engine } from '../engine.ts';
import { DataError, requireMethod, show, UsageError } from '../errors.ts';
import type { Loss } from '../nn/losses.ts';
import { type Numbers, toFloats } from '../numbers.ts';
import { type OptionTable, readOptions } from '../option_table.ts';
import type { Evaluation } from '../train/evaluation.ts';
import { load } from '../train/files.ts';
import type { EvaluateOptions, LiveModel } from '../train/live_model.ts';
import { type AnsweredRows, answeredRows } from './answered_rows.ts';
import { buildModel } from './build.ts';
import { check } from './check.ts';
import { DEFAULT_SEED, loadData, prepared, type ReadFile, scaled, withScaledTargets } from './data.ts';
import { data as dataSchema } from './data_schema.ts';
import type { DataDocument, Experiment, FittedDocument } from './document.ts';
import { type CsvRowsOptions, isTable, missingIn, opened, rowsOptions, trainedOn } from './new_rows.ts';
import { byRow, classIn, type Meaning, predictionsCsv, scoresOf } from './predictions.ts';
import { buildMetric } from './registry/metrics.ts';
import { type Contents, contentsOf } from './saved_file.ts';
import { modelSize } from './size.ts';
import { sourceOf } from './sources/index.ts';
import { file as fileOf, type Reading } from './sources/reading.ts';

/** Cells of a row that are told. */
const MOST_CELLS = 6;

/** Some rows of a table: their lines and first cells. */
function fromTable(rows: readonly number[], { lines, names, cells }: RowOrigin): Pick<AnsweredRows, 'names' | 'cells'> {
  return {
    names: rows.map((row) => `line ${lines[row]}`),
    cells: { names: names.slice(0, MOST_CELLS), rows: cells(rows).map((row) => row.slice(0, MOST_CELLS)) },
  };
}

/** What `predict` answers with. */
export interface PredictOptions {
  /**
   * 'outputs' (default): what the last layer gives, logits in a classification. 'probabilities': of each class, or of the second of two where there is one
   * output. 'classes': their names, or their indices as text where they have none.
   */
  as?: 'outputs' | 'probabilities' | 'classes';
}

const OPTIONS = { as: { type: 'name', names: ['outputs', 'probabilities', 'classes'], default: 'outputs' } } as const satisfies OptionTable<PredictOptions>;

/**
 * A model with its parameters, in inference mode, opened from its file without the program that trained it.
 *
 * Rows are taken as they come from their source (pixels from 0 to 255, say): all that is known to have been done to the training data is done to new ones, whether
 * they come as a CSV, as arrays or as a data set. Of an experiment that is everything; of a program it is what `fromCsv`, `fromIdx`, the `divisor` of bytes,
 * `standardise` and `applyScaling` did; answers are in the targets' own unit. A data set that was prepared likewise is taken as it is.
 */
export class SavedModel {
  /** Of an experiment; absent where a program has saved the model. */
  readonly document?: Experiment;
  /** The model itself, for `createTrainer`, `evaluate(data, loss)` and `save`. It takes rows as a trainer does. */
  readonly model: LiveModel;
  readonly #fitted: FittedDocument;
  readonly #loss: Meaning | undefined;
  readonly #trainedBy: Loss | undefined;

  private constructor({ document, fitted, loss, trainedBy }: Contents, model: LiveModel) {
    if (document) this.document = document;
    this.#fitted = fitted;
    this.#loss = loss;
    this.#trainedBy = trainedBy;
    this.model = model;
  }

  /**
   * Opens a file that `runExperiment` or `save` has written, or a checkpoint. Rejects with DataError where it is damaged, of something else, or says that its
   * model could not be written.
   *
   * @param engine - From `createEngine`.
   * @param file - The bytes of the file.
   * @returns The model, ready to predict.
   */
  static async open(engine: Engine, file: Uint8Array): Promise<SavedModel> {
    requireMethod('openModel', engine, 'createModel', 'an engine, as createEngine makes it');
    const contents = contentsOf(file);
    // It may be overwritten before the model is there.
    const own = new Uint8Array(file);
    const { layers, fitted } = contents;
    const size = modelSize(layers, fitted.inputs);
    if ('parameters' in size && size.parameters * 4 > file.byteLength)
      throw new DataError(
        `the file has ${file.byteLength} bytes, and the model in its document ${size.parameters} parameters: it is damaged, or of another model`,
      );
    const model = await engine.createModel(buildModel(layers), { features: fitted.inputs });
    try {
      load(model, own);
      return new SavedModel(contents, model);
    } catch (error) {
      model.destroy();
      throw error;
    }
  }

  /**
   * Evaluates the model on the parts of its own data: loss, accuracy, confusion matrix and the metrics of its document.
   *
   * @param read - Gives a file that the document names, by its name.
   * @returns Training, validation and test part, those that there are.
   * @throws UsageError for the file of a program, which holds no data; DataError for data that cannot be used.
   * @example
   * for (const { part, rows, evaluation } of await saved.evaluateParts()) console.log(part, rows, evaluation.loss);
   */
  async evaluateParts(read?: ReadFile): Promise<{ part: string; rows: number; evaluation: Evaluation }[]> {
    const { document } = this;
    if (!document) throw new UsageError('evaluate: the file was saved by a program and holds no data: give a CSV with a target column');
    const loss = this.#evaluatedBy();
    const { train, validation, test } = await loadData(document, read, this.#fitted);
    const results = [];
    for (const [part, data] of Object.entries({ train, validation, test }))
      if (data) results.push({ part, rows: data.rows, evaluation: await this.model.evaluate(data, loss, this.#metrics) });
    return results;
  }

  /**
   * Evaluates the model on CSV text with a target column, which is found by its name or position in the training data. Of a program the targets are taken as
   * its trainer took them: class indices where its data had classes, numbers otherwise.
   *
   * @param file - The whole file: text, or bytes, whose encoding is found.
   * @param options - How it is written; found, or as the training table was, by default. And what becomes of unknown categories.
   * @returns One part, `data`.
   * @throws DataError with line and column for what cannot be used; UsageError where the file does not say by what loss its model was trained.
   * @example
   * const [{ evaluation }] = await saved.evaluateCsv(text);
   */
  async evaluateCsv(file: string | Uint8Array, options: CsvRowsOptions = {}): Promise<{ part: string; rows: number; evaluation: Evaluation }[]> {
    const loss = this.#evaluatedBy();
    const missing = missingIn({ ...(this.document ? { document: this.document } : {}), fitted: this.#fitted });
    const { written, takers, onAnswers, tell } = rowsOptions('evaluateCsv', options);
    let origin: RowOrigin | undefined;
    const all = samplesFromCsv(await opened(file, this.#fitted), trainedOn(this.#fitted), missing, written, {
      ...takers,
      ...(onAnswers && {
        origin: (rows) => {
          origin = rows;
        },
      }),
    });
    tell();
    const data = this.#prepared(all);
    const evaluation = await this.model.evaluate(data, loss, this.#metrics);
    if (onAnswers) await this.#tellAnswers(data, loss, onAnswers, ({ worst }) => fromTable(worst, origin!));
    return [{ part: 'data', rows: all.rows, evaluation }];
  }

  /**
   * Evaluates the model on rows of any source that a document can name: `await saved.evaluateRows({ source: 'idx', images: 'x', labels: 'y' }, read)`.
   *
   * @param data - A data section; all its rows count.
   * @param read - Gives a file that it names, by its name; needed where it names some.
   * @param options - Of tables: how they are written, and what becomes of unknown categories.
   * @returns One part, `data`.
   * @throws UsageError for what is no data section, and where the file does not say by what loss its model was trained; DataError for rows that cannot be used.
   * @example
   * const [{ evaluation }] = await saved.evaluateRows({ source: 'generator', name: 'moons' });
   */
  async evaluateRows(data: DataDocument, read?: ReadFile, options: CsvRowsOptions = {}): Promise<{ part: string; rows: number; evaluation: Evaluation }[]> {
    const given = check(dataSchema, data, 'data section');
    const reading = this.#readingOf(read);
    if (isTable(given))
      return this.evaluateCsv(given.source === 'csv' && given.text !== undefined ? given.text : await fileOf(reading, given.path ?? ''), options);
    const { onAnswers } = rowsOptions('evaluateRows', options);
    const loss = this.#evaluatedBy();
    const source = sourceOf(given);
    const rows = await source.rows(given, reading);
    const trained = this.#asTrained(rows);
    const evaluation = await this.model.evaluate(trained, loss, this.#metrics);
    if (onAnswers) {
      const names = await source.names?.(given, reading);
      await this.#tellAnswers(trained, loss, onAnswers, ({ worst }) => (names ? { names: worst.map((row) => names[row]!) } : {}));
    }
    return [{ part: 'data', rows: rows.rows, evaluation }];
  }

  /** Tells of the answers to prepared rows, and of the worst what the source has of them. */
  async #tellAnswers(data: Dataset, loss: Loss, tell: (answers: AnsweredRows) => void, more: (answers: AnsweredRows) => Partial<AnsweredRows>): Promise<void> {
    const answers = answeredRows(data, await this.model.predict(data.x), loss, this.#fitted);
    if (answers) tell({ ...answers, ...more(answers) });
  }

  /** What rows are read for. */
  #readingOf(read: ReadFile | undefined): Reading {
    const loss = this.document?.loss ?? (this.#fitted.classes ? 'softmax_cross_entropy' : 'mse');
    return { loss, seed: this.document?.seed ?? DEFAULT_SEED, read, fitted: this.#fitted };
  }

  /**
   * Evaluates the model on a data set as it comes from its source, of IDX files, arrays or a CSV: it is prepared as the training data were. The same rows have
   * the same scores, whatever they come from.
   *
   * @param data - Rows with their targets; class indices in the order of `classes`.
   * @returns Loss, accuracy and the metrics of its document.
   * @throws DataError for rows of another width, and for classes of other names; UsageError where the file does not say by what loss its model was trained.
   * @example
   * const { loss } = await saved.evaluate(fromCsv(text));
   */
  async evaluate(data: Dataset): Promise<Evaluation> {
    const loss = this.#evaluatedBy();
    return this.model.evaluate(this.#asTrained(data), loss, this.#metrics);
  }

  /** A data set as it comes from its source, prepared. Throws a DataError where it is of another width or of other classes. */
  #asTrained(data: Dataset): Dataset {
    const given = givenDataset('evaluate', data, false);
    const { classes, inputs } = this.#fitted;
    if (given.features !== inputs) throw new DataError(`evaluate: expected rows of ${inputs} numbers, got ${given.features}`);
    if (classes && given.classNames?.some((name, i) => name !== classes[i]))
      throw new DataError(`evaluate: the model has the classes ${show(classes)} in this order, and the data have ${show(given.classNames)}`);
    // Fewer rows may show fewer classes.
    return this.#prepared(classes && given.classes !== undefined && given.classes < classes.length ? { ...given, classes: classes.length } : given);
  }

  #prepared(data: Dataset): Dataset {
    return this.document ? prepared(data, this.document, this.#fitted) : withScaledTargets(scaled(data, this.#fitted), this.#fitted);
  }

  /** The classes' names in the order of the confusion matrix; undefined in a regression. */
  get classes(): readonly string[] | undefined {
    return this.#fitted.classes;
  }

  /**
   * Answers for any number of rows: `await model.predict([[0.2, -0.7]], { as: 'classes' })`.
   *
   * @param given - Rows, flat or a list, in arrays or typed arrays: [rows, inputs]; or a data set. In which scale is said above.
   * @param options - What to answer with; outputs by default.
   * @returns [rows, outputs], row after row; of classes one name per row.
   * @throws DataError for what is no whole row of finite numbers; UsageError where the loss that trained the model gives no classes or probabilities, or is
   *   not known.
   * @example
   * const names = await saved.predict([[0.2, -0.7]], { as: 'classes' });
   */
  predict(given: Numbers | Dataset, options: { as: 'classes' }): Promise<string[]>;
  predict(given: Numbers | Dataset, options?: { as?: 'outputs' | 'probabilities' }): Promise<Float32Array>;
  predict(given: Numbers | Dataset, options: PredictOptions): Promise<Float32Array | string[]>;
  async predict(given: Numbers | Dataset, options: PredictOptions = {}): Promise<Float32Array | string[]> {
    const { as } = readOptions<PredictOptions, typeof OPTIONS>('predict', OPTIONS, options);
    const answer = as === 'outputs' ? undefined : this.#answersAs(as);
    const data = typeof given === 'object' && given !== null && 'rows' in given ? givenDataset('predict', given, false) : this.#rows(given);
    const outputs = this.#unscaled(await this.#outputs(scaled(data, this.#fitted)));
    return answer ? answer(outputs, data.rows) : outputs;
  }

  /**
   * Computes the outputs of the model (logits): `predict` without options.
   *
   * @param given - Rows, flat or a list: [rows, inputs].
   * @returns [rows, outputs], row after row.
   * @throws DataError where they are not whole rows of finite numbers.
   * @example
   * const logits = await saved.outputs([[0.2, -0.7]]);
   */
  outputs(given: Numbers): Promise<Float32Array> {
    return this.predict(given);
  }

  #rows(given: Numbers): Dataset {
    const { inputs } = this.#fitted;
    const { length } = toFloats('predict: x', given, { width: inputs, finite: true });
    const rows = length / inputs;
    if (!Number.isInteger(rows) || rows < 1) throw new DataError(`predict: expected rows of ${inputs} numbers, got ${length} numbers`);
    // As given, of more than 32 bits: differences of large numbers are taken before they are rounded. Bytes that are to be divided are divided as such.
    const divisor = given instanceof Uint8Array ? this.#fitted.divisor : undefined;
    return datasetOf({ x: given, y: new Float32Array(rows), shape: [inputs], ...(divisor === undefined ? {} : { divisor }) });
  }

  #outputs(data: Dataset): Promise<Float32Array> {
    const { inputs } = this.#fitted;
    if (data.features !== inputs) throw new DataError(`predict: expected rows of ${inputs} numbers, got ${data.features}`);
    return this.model.predict(data.x);
  }

  /** Targets that were scaled for the loss, in their own unit. */
  #unscaled(outputs: Float32Array): Float32Array {
    const { targets } = this.#fitted;
    return targets ? Float32Array.from(unscaledTargets(outputs, targets)) : outputs;
  }

  /** Converts outputs to classes or probabilities. Throws UsageError where the loss does not define them. */
  #answersAs(as: 'probabilities' | 'classes'): (outputs: Float32Array, rows: number) => Float32Array | string[] {
    const loss = this.#loss;
    if (!loss)
      throw new UsageError(`predict: as: the file does not say by what loss its model was trained, so outputs are no ${as}: save the trainer, not its model`);
    if (as === 'probabilities') {
      if (!loss.probabilities) throw new UsageError(`predict: as: outputs of a model that was trained by ${loss.name} are no probabilities: ask for outputs`);
      return (outputs, rows) => Float32Array.from(byRow(outputs, rows, (row) => scoresOf(loss, row)).flat());
    }
    const { classes } = this.#fitted;
    if (!loss.toClassIndex && !classes)
      throw new UsageError(`predict: as: a model that was trained by ${loss.name} on numbers has no classes: ask for outputs`);
    return (outputs, rows) =>
      byRow(outputs, rows, (row, i) => {
        if (row.some(Number.isNaN))
          throw new DataError(`predict: row ${i}: the outputs of the model are NaN, which is no class: it was saved after its run had diverged`);
        const index = classIn(row, loss);
        return classes ? classes[index]! : String(index);
      });
  }

  /** Throws UsageError where the file does not hold the loss. */
  #evaluatedBy(): Loss {
    if (!this.#trainedBy)
      throw new UsageError(
        `evaluate: the file was saved by a program and does not say by what loss it evaluates${this.#loss ? `: ${this.#loss.name} is a custom loss, or weighs its rows` : ''}: use \`model.evaluate(data, loss)\` of the opened file`,
      );
    return this.#trainedBy;
  }

  /** The metrics of the document. */
  get #metrics(): EvaluateOptions {
    const { metrics } = this.document ?? {};
    return metrics ? { metrics: metrics.map((metric) => buildMetric(metric, this.#fitted.targets)) } : {};
  }

  /**
   * Answers for CSV text, as CSV: the class and the probability of each, or the predicted numbers. A target column may be there and is not looked at; it is
   * found by its name or position in the training data.
   *
   * @param file - The whole file: text, or bytes, whose encoding is found.
   * @param options - How it is written; found, or as the training table was, by default. And what becomes of unknown categories.
   * @returns A header, and a line for each row.
   * @throws DataError with line and column for what cannot be used.
   * @example
   * console.log(await saved.predictCsv('petal,sepal\n1.4,5.1'));
   */
  async predictCsv(file: string | Uint8Array, options: CsvRowsOptions = {}): Promise<string> {
    const { written, takers, tell } = rowsOptions('predictCsv', options);
    const { unseen, kept } = takers;
    const data = this.#rows(rowsFromCsv(await opened(file, this.#fitted), trainedOn(this.#fitted), written, takers));
    tell();
    const outputs = this.#unscaled(await this.#outputs(scaled(data, this.#fitted)));
    return predictionsCsv(outputs, data.rows, this.#loss, {
      classes: this.#fitted.classes,
      target: this.#fitted.table?.targetName,
      kept,
      ...(unseen?.leaveOut ? { without: unseen.rows } : {}),
    });
  }

  /**
   * Answers for rows of any source that a document can name, as CSV. Targets may be there and are not looked at; images need no folders of classes, and each
   * answer begins with the name of its file.
   *
   * @param data - A data section; of IDX files `labels`, of NumPy's files `y` are not read.
   * @param read - Gives a file that it names, by its name; needed where it names some.
   * @param options - Of tables: how they are written, and what becomes of unknown categories.
   * @returns A header, and a line for each row.
   * @throws UsageError for what is no data section; DataError for rows that cannot be used.
   * @example
   * console.log(await saved.predictRows({ source: 'generator', name: 'moons' }));
   */
  async predictRows(data: DataDocument, read?: ReadFile, options: CsvRowsOptions = {}): Promise<string> {
    const given = check(dataSchema, data, 'data section');
    const reading: Reading = { ...this.#readingOf(read), unlabelled: true };
    if (isTable(given))
      return this.predictCsv(given.source === 'csv' && given.text !== undefined ? given.text : await fileOf(reading, given.path ?? ''), options);
    const source = sourceOf(given);
    const rows = await source.rows(given, reading);
    const names = await source.names?.(given, reading);
    return predictionsCsv(await this.predict(rows), rows.rows, this.#loss, { classes: this.#fitted.classes, ...(names ? { names } : {}) });
  }

  /** Frees the model. Pending calls reject. */
  destroy(): void {
    this.model.destroy();
  }
}

/**
 * Opens a file that `runExperiment` or `save` has written, or a checkpoint, without the program that trained it.
 *
 * @param engine - From `createEngine`.
 * @param file - The bytes of the file.
 * @returns The model, ready to predict.
 * @throws DataError where the file is damaged, of something else, or says that its model could not be written; UsageError for what is no engine.
 * @example
 * const saved = await openModel(engine, bytes);
 * console.log(await saved.predict([[0.2, -0.7]], { as: 'probabilities' }));
 */
export function openModel(engine: Engine, file: Uint8Array): Promise<SavedModel> {
  return SavedModel.open(engine, file);
}
