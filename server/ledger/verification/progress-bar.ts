const barWidth = 30
const everyMs = 100

/**
 * A bar that fills, on a terminal; elsewhere a line for each tenth, so that a log shows the same.
 * Call with what is done and the whole; the last call says that both are equal.
 */
export function progressBar(out: NodeJS.WriteStream): (done: number, total: number) => void {
  let drawnAt = 0
  let tenths = -1
  return (done, total) => {
    const share = total === 0 ? 1 : done / total
    if (!out.isTTY) {
      const now = Math.floor(share * 10)
      if (now > tenths) out.write(`${now * 10}%\n`)
      tenths = now
      return
    }
    const time = Date.now()
    if (done < total && time - drawnAt < everyMs) return
    drawnAt = time
    const full = Math.round(share * barWidth)
    const bar = '█'.repeat(full) + '░'.repeat(barWidth - full)
    out.write(`\r${bar} ${String(Math.floor(share * 100)).padStart(3)}%${done < total ? '' : '\n'}`)
  }
}
