import { benchFiling } from './filing'
import { benchLeak } from './leak'
import { benchLedger } from './ledger'
import { printTable, type BenchResult } from './report'

/**
 * `npm run bench -- NAME --seconds N`: measures one path of the shipped program against its limit in
 * the same run. Absolute figures swing with the machine; the ratios are what to compare. The last line
 * is one JSON object.
 */
const benches: Record<string, (seconds: number) => Promise<BenchResult>> = {
  filing: benchFiling,
  ledger: benchLedger,
  leak: benchLeak,
}

async function main(words: string[]): Promise<void> {
  const [name = ''] = words
  const bench = benches[name]
  const flag = words.indexOf('--seconds')
  const seconds = flag === -1 ? 20 : Number(words[flag + 1])
  if (!bench || !(seconds >= 2)) {
    console.error(
      `Usage: npm run bench -- ${Object.keys(benches).join('|')} [--seconds N, 2 or more]`,
    )
    process.exitCode = 2
    return
  }
  const result = await bench(seconds)
  printTable(result)
  console.log(JSON.stringify({ bench: name, figures: result.figures, ratios: result.ratios }))
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error)
  process.exitCode = 1
})
