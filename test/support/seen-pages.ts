import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Express } from 'express'
import { declarationsOf } from '../../server/web/declared-routes'

export type Surface = 'public' | 'staff'
type Both<T> = Record<Surface, T>

/** The patterns of all addresses of a surface that can be asked for, in the order they are tried. */
export const addressesOf = (app: Express): string[] =>
  declarationsOf(app)
    .filter(({ method }) => method === 'get')
    .map(({ path }) => path)

/** Whether what has this pattern is shown by a browser as a page, not kept as a file or asked for by a script. */
export const isPage = (pattern: string): boolean =>
  pattern === '/matters/:slug/file' ||
  !/\.(pdf|json|txt)$|\/(ready|progress|checkpoint|file|index|original|healthz|readyz)$|\/tile\/|\/view\//.test(
    pattern,
  )

/** The pattern that answers a path, or null where none does. */
export function patternOf(patterns: string[], path: string): string | null {
  const fits = (pattern: string) => {
    const source = pattern
      .replaceAll(/\{[^}]*\}/g, '')
      .replaceAll(/[.]/g, '\\.')
      .replaceAll(/[:*]\w+/g, '[^/]+')
    return new RegExp(`^${source}$`).test(path)
  }
  return patterns.find(fits) ?? null
}

interface Addresses {
  all: Both<string[]>
  /** which test shows what no link leads to */
  shownBy: Both<Record<string, string[]>>
}

const listIn = (folder: string) => join(folder, 'addresses.json')

/** Keeps for the end of the run what there is to be seen; `leads back`, for a test, means that there is no page. */
export function noteAddresses(folder: string, addresses: Addresses): void {
  writeFileSync(listIn(folder), JSON.stringify(addresses))
}

const wanted = ['ko-390', 'ko-1280', 'en-390', 'en-1280']

/**
 * Which pages lack which of the looks, after a run that kept pictures in `folder`; a page seen in none without
 * scripts lacks `bare`. Also which test did not show what it is said to show.
 */
export function missingLooks(folder: string): string[] {
  if (!existsSync(listIn(folder)) || !existsSync(join(folder, 'seen.txt'))) return []
  const { all, shownBy } = JSON.parse(readFileSync(listIn(folder), 'utf8')) as Addresses
  const lines = new Set(readFileSync(join(folder, 'seen.txt'), 'utf8').trim().split('\n'))
  const looks = new Map<string, Set<string>>()
  for (const line of lines) {
    const [surface, path, , look, file] = line.split(' ') as [Surface, ...string[]]
    const key = `${surface} ${patternOf(all[surface], path!)}`
    const seen = looks.get(key) ?? new Set()
    looks.set(
      key,
      seen
        .add(look!)
        .add(file!)
        .add(look!.endsWith('-bare') ? 'bare' : ''),
    )
  }
  return (['public', 'staff'] as const).flatMap((surface) => {
    const files = Object.entries(shownBy[surface])
    return all[surface].filter(isPage).flatMap((pattern) => {
      const file = files.find(([, patterns]) => patterns.includes(pattern))?.[0]
      if (file === 'leads back') return []
      const seen = looks.get(`${surface} ${pattern}`) ?? new Set()
      const lacks = [...wanted, 'bare', ...(file ? [file] : [])].filter((one) => !seen.has(one))
      return lacks.length > 0 ? [`${surface} ${pattern}: ${lacks.join(', ')}`] : []
    })
  })
}
