export interface BenchResult {
  title: string
  /** rows of the table: what was measured, and its figures by column */
  rows: { name: string; perSecond: number; p50Ms?: number; p99Ms?: number }[]
  figures: Record<string, number>
  ratios: Record<string, number>
}

/** A window of work: how long it took and how long each piece of it did. */
export interface Window {
  seconds: number
  latenciesMs: number[]
}

/** Several windows of the same work as one row. */
export function summarise(name: string, windows: Window[]): Required<BenchResult['rows'][number]> {
  const latencies = windows.flatMap((one) => one.latenciesMs).sort((a, b) => a - b)
  const seconds = windows.reduce((sum, one) => sum + one.seconds, 0)
  const at = (share: number) => latencies[Math.floor((latencies.length - 1) * share)] ?? 0
  return {
    name,
    perSecond: Math.round(latencies.length / seconds),
    p50Ms: round(at(0.5)),
    p99Ms: round(at(0.99)),
  }
}

export function round(value: number, digits = 2): number {
  return Number(value.toFixed(digits))
}

export function printTable({ title, rows, ratios }: BenchResult): void {
  const width = Math.max(...rows.map((row) => row.name.length))
  console.log(`\n${title}\n`)
  console.log(`${''.padEnd(width)}  a second    p50 ms    p99 ms`)
  for (const { name, perSecond, p50Ms, p99Ms } of rows) {
    const cells = [perSecond, p50Ms ?? '', p99Ms ?? '']
      .map((cell) => String(cell).padStart(8))
      .join('  ')
    console.log(`${name.padEnd(width)}  ${cells}`)
  }
  for (const [name, ratio] of Object.entries(ratios)) console.log(`\n${name}: ${ratio}`)
  console.log('')
}

/**
 * Runs `work` on `concurrency` lanes until the time is over, and times each call.
 * @param work takes the number of the call; false when there is nothing left to do
 */
export async function drive(
  seconds: number,
  concurrency: number,
  work: () => Promise<boolean>,
): Promise<Window> {
  const latenciesMs: number[] = []
  const start = performance.now()
  const end = start + seconds * 1000
  const lane = async () => {
    while (performance.now() < end) {
      const before = performance.now()
      if (!(await work())) return
      latenciesMs.push(performance.now() - before)
    }
  }
  await Promise.all(Array.from({ length: concurrency }, lane))
  return { seconds: (performance.now() - start) / 1000, latenciesMs }
}
