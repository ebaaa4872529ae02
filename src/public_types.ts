// Types that public signatures name and that no entry exports beside what it is for: so that a program can write them down.
export type { AnyDataset } from './data/columns.ts';
export type { Bytes as ByteColumn, Reading as DatasetReading, TableColumns } from './data/dataset.ts';
export type { Policy } from './data/features.ts';
export type { FromIdxOptions } from './data/idx.ts';
export type { AnySource } from './data/source.ts';
export type { OwnFunction } from './graph/functions.ts';
export type { InputOptions, Node as GraphNode } from './graph/graph.ts';
export type {
  BufferName,
  Capabilities,
  DispatchRequest,
  Emitter,
  Fusion,
  FusionContext,
  Gradient,
  MadeNode,
  MovedSums,
  Op,
  Padding as PaddingRule,
  PersistentBuffer,
  Place,
  Signal,
  SumSegment,
  Table as DispatchTable,
  Target as DispatchTarget,
  Walk,
} from './graph/op.ts';
export type { When } from './groups.ts';
export type { ProbeRequest } from './inspect/probe.ts';
export type { Access as BindingAccess, Kernel, ParamType, Source as WgslSource } from './kernel.ts';
export type { LayoutEntry, ParameterLayout, ParameterOptions } from './layout.ts';
export type { Built as BuiltOutput, GroupSettings, Groups as LayerGroups, Initializers, Mode as BuildMode } from './nn/build.ts';
export type { CountedOutput, CountingOf } from './nn/counted.ts';
export type { Fans, InitializerEntry, OptionsOf as InitializerOptionsOf } from './nn/initializers.ts';
export type { Assignment, LayerLike, LayerWriter, Role as LayerRole, WrittenLayer } from './nn/layer.ts';
export type { Branches } from './nn/layers/branches.ts';
export type { FilterOptions } from './nn/layers/filters.ts';
export type { NoOptions } from './nn/losses/loss.ts';
export type { BuiltSequential } from './nn/sequential.ts';
export type { ActivationAttrs } from './ops/activations.ts';
export type { RunningAttrs, RunningUpdate, UpdateRunningAttrs } from './ops/batch_norm.ts';
export type { FactorsOf, UpdateFactors } from './ops/hyper.ts';
export type { MatmulAttrs } from './ops/matmul.ts';
export type { Counting, Taken } from './ops/statistics.ts';
export type { UpdateFunction } from './ops/updates.ts';
export type { PaddingOption, PairOption, Sides } from './ops/windows.ts';
export type {
  BooleanOption,
  EitherOption,
  Entry as OptionEntry,
  KindOf as OptionKindOf,
  ListOption,
  MapOption,
  NameOption,
  NumberOption,
  ObjectOption,
  Option,
  OptionTable,
  RecordOption,
  Standing as OptionStanding,
  StringOption,
  VariantOption,
} from './option_table.ts';
export type { Key as RandomKey } from './random.ts';
export type { Dispatch, Named as NamedValue, PlacedValue, Range as PlanRange } from './scheduler/plan.ts';
export type { ScheduleOptions } from './scheduler/schedule.ts';
export type { DType, TensorType } from './shape.ts';
export type { Language, Text, Texts } from './texts.ts';
export type { Validation } from './train/evaluation.ts';
export type { AverageOptions as ClassAverageOptions } from './train/metrics/class_counts.ts';
export type { Measured, MeasuredOutput, MeasuredPass, Reduction } from './train/metrics/measured.ts';
export type { Description as MetricDescription, NoOptions as NoMetricOptions } from './train/metrics/metric.ts';
export type { Losses, Part as LossPart } from './train/objective.ts';
export type { Preparing } from './train/optimizers/optimizer.ts';
export type { HostNumbers } from './train/parameters.ts';
