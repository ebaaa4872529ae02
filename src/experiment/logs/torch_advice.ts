// Remedies in PyTorch's words, for runs that Fathom did not make and cannot make again: the line to change.
import type { Texts } from '../../texts.ts';
import type { RemedyId } from '../remedies/index.ts';

/** By the names of the remedies: one without a line here does not compile. */
export const TORCH_ADVICE: Readonly<Record<RemedyId, Texts<string>>> = {
  critical_initialisation: {
    en: 'torch.nn.init.kaiming_normal_(layer.weight) for ReLU, xavier_normal_(layer.weight, gain=5/3) for tanh, for every Linear and Conv',
    zh: '对每个 Linear 和 Conv：ReLU 用 torch.nn.init.kaiming_normal_(layer.weight)，tanh 用 xavier_normal_(layer.weight, gain=5/3)',
  },
  activation: {
    en: 'nn.ReLU() or nn.GELU() in place of nn.Sigmoid() or nn.Tanh(); nn.LeakyReLU() where units are dead',
    zh: '用 nn.ReLU() 或 nn.GELU() 代替 nn.Sigmoid() 或 nn.Tanh()；有死亡单元时用 nn.LeakyReLU()',
  },
  batch_norm: {
    en: 'nn.BatchNorm1d(width) or nn.BatchNorm2d(channels) after each Linear or Conv; nn.LayerNorm(width) in transformers',
    zh: '在每个 Linear 或 Conv 之后加 nn.BatchNorm1d(width) 或 nn.BatchNorm2d(channels)；Transformer 用 nn.LayerNorm(width)',
  },
  residual: { en: 'x = x + block(x) around every second layer', zh: '每两层外加 x = x + block(x)' },
  clip: {
    en: 'torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0) between loss.backward() and optimizer.step()',
    zh: '在 loss.backward() 与 optimizer.step() 之间加 torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)',
  },
  learning_rate: {
    en: 'optimizer = torch.optim.Adam(model.parameters(), lr=...), a tenth of today’s where steps are too large, ten times where they are too small',
    zh: 'optimizer = torch.optim.Adam(model.parameters(), lr=...)：步子太大时取现在的十分之一，太小时取十倍',
  },
  optimizer: { en: 'optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)', zh: 'optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)' },
  larger_batch: { en: 'DataLoader(..., batch_size=...), two to four times as large', zh: 'DataLoader(..., batch_size=...)，取两到四倍' },
  l2: { en: 'torch.optim.AdamW(model.parameters(), weight_decay=0.01)', zh: 'torch.optim.AdamW(model.parameters(), weight_decay=0.01)' },
  dropout: { en: 'nn.Dropout(0.2) after each activation', zh: '在每个激活函数之后加 nn.Dropout(0.2)' },
  early_stopping: {
    en: 'torch.save(model.state_dict(), "best.pt") whenever the validation loss is lower than before; stop after ten validations without',
    zh: '每当验证损失低于以往时 torch.save(model.state_dict(), "best.pt")；连续十次验证没有降低就停止',
  },
  standardise_inputs: {
    en: 'x = (x - mean) / std, with mean and std of the training rows, per column or channel',
    zh: 'x = (x - mean) / std，均值与标准差取自训练行，逐列或逐通道',
  },
  scale_targets: { en: 'y = (y - y.mean()) / y.std(), and the answers turned back from that', zh: 'y = (y - y.mean()) / y.std()，预测时再换算回去' },
  drop_columns: { en: 'x = x[:, kept], without the columns that are constant or repeat', zh: 'x = x[:, kept]，去掉恒定或重复的列' },
  class_weights: { en: 'nn.CrossEntropyLoss(weight=rows / (classes * counts))', zh: 'nn.CrossEntropyLoss(weight=rows / (classes * counts))' },
  output_layer: {
    en: 'the last layer is nn.Linear(width, classes) without an activation: nn.CrossEntropyLoss and BCEWithLogitsLoss take logits',
    zh: '最后一层是不带激活函数的 nn.Linear(width, classes)：nn.CrossEntropyLoss 与 BCEWithLogitsLoss 接收 logits',
  },
  loss: {
    en: 'nn.CrossEntropyLoss() for class numbers, nn.BCEWithLogitsLoss() for yes and no, nn.MSELoss() for numbers',
    zh: '类别编号用 nn.CrossEntropyLoss()，是与否用 nn.BCEWithLogitsLoss()，数值用 nn.MSELoss()',
  },
  less_dropout: { en: 'nn.Dropout(0.1), or none', zh: 'nn.Dropout(0.1)，或不用' },
  less_weight_decay: { en: 'weight_decay=1e-4 in the optimizer, or 0', zh: '优化器中 weight_decay=1e-4，或 0' },
  less_l2: { en: 'a hundredth of the L2 penalty in the loss, or none', zh: '损失中的 L2 惩罚取百分之一，或不用' },
  less_l1: { en: 'a hundredth of the L1 penalty in the loss, or none', zh: '损失中的 L1 惩罚取百分之一，或不用' },
  add_activations: { en: 'nn.ReLU() between the linear layers', zh: '在线性层之间加 nn.ReLU()' },
  layer_norm: {
    en: 'nn.LayerNorm(width) or nn.GroupNorm(groups, channels) in place of the batch norm',
    zh: '用 nn.LayerNorm(width) 或 nn.GroupNorm(groups, channels) 代替批归一化',
  },
  fewer_layers: { en: 'half as many layers between input and output', zh: '输入与输出之间的层数减半' },
  constant_rate: {
    en: 'no scheduler.step(), or scheduler.step() once an epoch and not after each batch',
    zh: '不调用 scheduler.step()，或每个 epoch 只调用一次，而不是每批之后',
  },
  warm_up: {
    en: 'torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.01, total_iters=500), with scheduler.step() after each step',
    zh: 'torch.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.01, total_iters=500)，每步之后 scheduler.step()',
  },
  batch_norm_momentum: {
    en: 'nn.BatchNorm1d(width), whose momentum is 0.1; what Keras calls 0.9',
    zh: 'nn.BatchNorm1d(width)，其 momentum 为 0.1；相当于 Keras 的 0.9',
  },
  less_label_smoothing: { en: 'nn.CrossEntropyLoss(label_smoothing=0.1), or none', zh: 'nn.CrossEntropyLoss(label_smoothing=0.1)，或不用' },
  less_momentum: { en: 'torch.optim.SGD(model.parameters(), lr=..., momentum=0.9)', zh: 'torch.optim.SGD(model.parameters(), lr=..., momentum=0.9)' },
  break_symmetry: {
    en: 'layer.reset_parameters(), without init.zeros_ or init.constant_ on weights',
    zh: 'layer.reset_parameters()，不要对权重用 init.zeros_ 或 init.constant_',
  },
};
