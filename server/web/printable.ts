import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { assetUrls } from './assets/urls'
import { assetFolder } from './views'

let covered: [number, number][] | undefined

/**
 * The first character of a text that no font of our papers has, or nothing. Asked when something is entered
 * that will stand on a paper: after signing nobody could mend it.
 */
export function unprintable(text: string): string | undefined {
  covered ??= readCoverage()
  for (const one of text) {
    const code = one.codePointAt(0)!
    if (!isCovered(covered, code)) return one
  }
  return undefined
}

/** By halving: the ranges are in order. */
function isCovered(ranges: [number, number][], code: number): boolean {
  let [low, high] = [0, ranges.length - 1]
  while (low <= high) {
    const middle = (low + high) >> 1
    const [from, to] = ranges[middle]!
    if (code < from) high = middle - 1
    else if (code > to) low = middle + 1
    else return true
  }
  return false
}

function readCoverage(): [number, number][] {
  const path = assetUrls(join(assetFolder, 'manifest.json'))('paper-coverage.json')
  const text = readFileSync(join(assetFolder, path.replace(/^\/assets\//, '')), 'utf8')
  return JSON.parse(text) as [number, number][]
}
