// The page of an exported project.

import type { Experiment } from '../experiment/document.ts';
import { markdownParagraph, markdownText } from '../experiment/markdown.ts';
import type { Need } from './pytorch_settings.ts';

export function readmeOf({ name, description }: Experiment, needs: readonly Need[], started: boolean): string {
  return `# ${markdownText(name ?? 'A network of Fathom in PyTorch')}
${description ? `\n${markdownParagraph(description)}\n` : ''}
Written by \`fathom export --pytorch\`. It needs PyTorch 1.13 or newer and nothing else${needs.map(({ what, since }) => `; ${what} needs ${since}`).join('')}.

\`\`\`sh
python train.py                                # one process
torchrun --nproc_per_node 2 train.py           # two, with the same steps: a batch is divided between them
python train.py --resume                       # goes on from run.pt after an interruption
fathom diagnose history.jsonl                  # what is wrong with the run
fathom import --pytorch document.json model.safetensors --out trained.safetensors   # back into Fathom
\`\`\`

| | |
|---|---|
| [model.py](model.py), [layers.py](layers.py) | the model, and modules that torch.nn has not |
| [settings.py](settings.py), [schedules.py](schedules.py) | loss, optimizer, learning rate, clipping, penalties, early stopping |
| [data.py](data.py), [batches.py](batches.py), rows.safetensors | the rows, their preparation, and in which order they come |
| [train.py](train.py) | the loop |
| [log.py](log.py), header.json | history.jsonl, which \`fathom diagnose\` reads |
| weights.safetensors | the weights that it begins with${started ? '' : ", those of the document's seed"}, as a \`state_dict\` |
| document.json | the document that all of this was written from |

torchrun of PyTorch 1.13 on Python 3.11 fails by itself ('NoneType' object has no attribute 'get'); \`torchrun -r 1 -t 1 --nproc_per_node 2 train.py\` does not.

It writes history.jsonl, run.pt (the checkpoint: every 30 seconds, at the end, on Ctrl-C) and model.safetensors (the trained \`state_dict\`).

## What differs from Fathom

- Batches are the same rows in the same order, from the same weights; sums are rounded in another order, so that losses part slowly.
- Dropout draws other random numbers.
- Several processes: mean and variance of a batch norm are taken over the rows of all of them, as in one process. \`--batch-norm per-process\` takes those of each
  alone, as PyTorch does where nothing is said; that is other mathematics, and needs less talk between machines.
- Images have their channels first.

## More than one machine

With Slurm, on 2 nodes of 4 GPUs (\`sbatch job.sh\`):

\`\`\`sh
#!/bin/sh
#SBATCH --nodes=2 --ntasks-per-node=1 --gpus-per-node=4
export MASTER=$(scontrol show hostnames "$SLURM_JOB_NODELIST" | head -n 1)
srun torchrun --nnodes "$SLURM_NNODES" --nproc_per_node 4 --rdzv_id "$SLURM_JOB_ID" --rdzv_backend c10d --rdzv_endpoint "$MASTER:29500" train.py
\`\`\`

A job that was ended by its time limit goes on with \`train.py --resume\`; the folder lies on a file system that all nodes see.

With Kubernetes, by the training operator of Kubeflow (\`kubectl apply -f job.yaml\`):

\`\`\`yaml
apiVersion: kubeflow.org/v1
kind: PyTorchJob
metadata: { name: fathom-run }
spec:
  nprocPerNode: "4"
  pytorchReplicaSpecs:
    Worker:
      replicas: 2
      restartPolicy: OnFailure
      template:
        spec:
          containers:
            - name: pytorch
              image: pytorch/pytorch:latest
              command: [sh, -c, "cd /run && if [ -e run.pt ]; then torchrun train.py --resume; else torchrun train.py; fi"]
              resources: { limits: { nvidia.com/gpu: 4 } }
              volumeMounts: [{ name: run, mountPath: /run }]
          volumes: [{ name: run, persistentVolumeClaim: { claimName: fathom-run } }]
\`\`\`
`;
}
