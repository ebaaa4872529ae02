/** Milliseconds that this process has computed: by the clock a test takes many times as long where other programs run beside it. */
export function cpuTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
