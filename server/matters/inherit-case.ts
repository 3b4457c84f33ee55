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

/** What is wrong with the case that a file names, or has to name; null when it can have its words from it. */
export function caseProblem(data: unknown, folder: string): string | null {
  const kind = (data as { kind?: unknown } | null)?.kind
  if (!namesCase(data)) {
    const isOther = kind === 'opt_out' || kind === 'objection'
    return isOther ? 'an opt_out or an objection names the case it is about' : null
  }
  const of = slug.safeParse(data.of)
  const its = of.success ? readCase(of.data, folder) : null
  return its ? null : `no case "${String(data.of)}" in this folder`
}

/**
 * The data of a matter file with what the file of its case, beside it, says for both. As it was when there is
 * no such file, or it cannot be read (`caseProblem`).
 */
export function inheritCase(data: unknown, folder: string): unknown {
  if (!namesCase(data)) return data
  const of = slug.safeParse(data.of)
  const its = of.success ? readCase(of.data, folder) : null
  if (!its) return data
  const shared = inherited.filter((key) => key in its)
  return { ...Object.fromEntries(shared.map((key) => [key, its[key]])), ...data }
}

function readCase(of: string, folder: string): Record<string, unknown> | null {
  try {
    const its = parse(readFileSync(join(folder, `${of}.yaml`), 'utf8')) as unknown
    if (typeof its !== 'object' || its === null || namesCase(its)) return null
    return its as Record<string, unknown>
  } catch {
    return null
  }
}
