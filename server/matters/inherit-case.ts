import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { slug } from './form-schema'

/** What a request to be excluded, or an objection, has from the case it is about, unless its file says otherwise. */
const inherited = [
  'incident',
  'jurisdiction',
  'regime',
  'firm',
  'language',
  'timeZone',
  'forum',
  'affected',
  'facts',
] as const

/** Whether a file is about another, of a case. */
export function namesCase(data: unknown): data is { of: unknown } {
  return typeof data === 'object' && data !== null && 'of' in data
}

/**
 * The data of a matter file with what the file of its case, beside it, says for both. As it was when there is
 * no such file, or it cannot be read: then the checks that follow say what is missing.
 */
export function inheritCase(data: unknown, folder: string): unknown {
  if (!namesCase(data)) return data
  const of = slug.safeParse(data.of)
  if (!of.success) return data
  try {
    const its = parse(readFileSync(join(folder, `${of.data}.yaml`), 'utf8')) as unknown
    if (typeof its !== 'object' || its === null || namesCase(its)) return data
    const shared = inherited.filter((key) => key in its)
    return { ...Object.fromEntries(shared.map((key) => [key, (its as never)[key]])), ...data }
  } catch {
    return data
  }
}
