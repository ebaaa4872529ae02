// Documents as projects and programs of others, and weights from there: a package entry of its own, loaded by who hands over.
export { type FileOf, type Imported, type ImportOptions, importPyTorch, type NameMap, type WeightsFile } from './from_pytorch.ts';
export { type JsProgramOptions, jsProgram } from './js_program.ts';
export { type ExportOptions, exportPyTorch, type ProjectFiles } from './pytorch_project.ts';
export { type ExportedStateDict, exportStateDict, type StateDictOptions } from './to_state_dict.ts';
