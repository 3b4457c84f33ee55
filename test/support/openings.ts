import type { ProcessConfig } from '../../server/config'
import { limits, type OpeningNumbers } from '../../server/limits'
import type { Role } from '../../server/web/person'

/** The shipped numbers with these in their place, for every role. */
export function openingsWith(numbers: Partial<OpeningNumbers>): Record<Role, OpeningNumbers> {
  const { administrator, moderator, counsel } = limits.openings
  return {
    administrator: { ...administrator, ...numbers },
    moderator: { ...moderator, ...numbers },
    counsel: { ...counsel, ...numbers },
  }
}

/** Changes a configuration so; for the `config` of a test's app. */
export const openingsOf =
  (numbers: Partial<OpeningNumbers>) =>
  (config: ProcessConfig): ProcessConfig => ({
    ...config,
    limits: { ...config.limits, openings: openingsWith(numbers) },
  })
