// Where programs with wgpu find a Vulkan driver: llvmpipe, Mesa's software one, on a Linux without a GPU.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Where Linux keeps descriptions of Vulkan drivers. */
const DRIVERS = ['/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d', '/etc/vulkan/icd.d'];

/** Linux without a GPU: wgpu takes llvmpipe if it is told where that is. Elsewhere the system has a driver. */
export function vulkanEnvironment(who: string): { env: NodeJS.ProcessEnv } | { missing: string } {
  if (process.platform !== 'linux' || process.env.GPU === '1' || process.env.VK_ICD_FILENAMES) return { env: {} };
  const driver = DRIVERS.flatMap((folder) => (existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [])).find((path) =>
    /lvp_icd.*\.json$/.test(path),
  );
  if (driver) return { env: { VK_ICD_FILENAMES: driver } };
  return { missing: `${who} needs a Vulkan driver: install llvmpipe (Debian: apt-get install mesa-vulkan-drivers), or set GPU=1 on a machine with a GPU` };
}
