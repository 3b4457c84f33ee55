import type { Matter } from './matter-file'

/**
 * What is filed in a matter, as pages and mails call it: the context of their texts (`filed.json`).
 * Whoever registers in a class action claims nothing yet, and whoever opts out or objects never does.
 */
export type FiledAs = 'claim' | 'registration' | 'opt_out' | 'objection'

export function filedAs({ regime, content: { kind } }: Matter): FiledAs {
  return kind === 'claim' && regime === 'class' ? 'registration' : kind
}
