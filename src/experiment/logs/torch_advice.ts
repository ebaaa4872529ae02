// Remedies in PyTorch's words, for runs that Fathom did not make and cannot make again: the line to change.
import type { RemedyId } from '../remedies/index.ts';

/** By the names of the remedies: one without a line here does not compile. */
export const TORCH_ADVICE: Readonly<Record<RemedyId, string>> = {
  critical_initialisation: 'torch.nn.init.kaiming_normal_(layer.weight) for ReLU, xavier_normal_(layer.weight, gain=5/3) for tanh, for every Linear and Conv',
  activation: 'nn.ReLU() or nn.GELU() in place of nn.Sigmoid() or nn.Tanh(); nn.LeakyReLU() where units are dead',
  batch_norm: 'nn.BatchNorm1d(width) or nn.BatchNorm2d(channels) after each Linear or Conv; nn.LayerNorm(width) in transformers',
  residual: 'x = x + block(x) around every second layer',
  clip: 'torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0) between loss.backward() and optimizer.step()',
  learning_rate: 'optimizer = torch.optim.Adam(model.parameters(), lr=...), a tenth of today’s where steps are too large, ten times where they are too small',
  optimizer: 'optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)',
  larger_batch: 'DataLoader(..., batch_size=...), two to four times as large',
  l2: 'torch.optim.AdamW(model.parameters(), weight_decay=0.01)',
  dropout: 'nn.Dropout(0.2) after each activation',
  early_stopping: 'torch.save(model.state_dict(), "best.pt") whenever the validation loss is lower than before; stop after ten validations without',
  standardise_inputs: 'x = (x - mean) / std, with mean and std of the training rows, per column or channel',
  scale_targets: 'y = (y - y.mean()) / y.std(), and the answers turned back from that',
  drop_columns: 'x = x[:, kept], without the columns that are constant or repeat',
  class_weights: 'nn.CrossEntropyLoss(weight=rows / (classes * counts))',
  output_layer: 'the last layer is nn.Linear(width, classes) without an activation: nn.CrossEntropyLoss and BCEWithLogitsLoss take logits',
  loss: 'nn.CrossEntropyLoss() for class numbers, nn.BCEWithLogitsLoss() for yes and no, nn.MSELoss() for numbers',
  less_dropout: 'nn.Dropout(0.1), or none',
  less_weight_decay: 'weight_decay=1e-4 in the optimizer, or 0',
  less_l2: 'a hundredth of the L2 penalty in the loss, or none',
  less_l1: 'a hundredth of the L1 penalty in the loss, or none',
  add_activations: 'nn.ReLU() between the linear layers',
  layer_norm: 'nn.LayerNorm(width) or nn.GroupNorm(groups, channels) in place of the batch norm',
  fewer_layers: 'half as many layers between input and output',
  warm_up: 'torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.01, total_iters=500), with scheduler.step() after each step',
  break_symmetry: 'layer.reset_parameters(), without init.zeros_ or init.constant_ on weights',
};
