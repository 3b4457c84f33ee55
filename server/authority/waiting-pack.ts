import type { OpenedPack } from '../vault/vault'
import { readPackContent, type PackCore } from './pack-content'

/**
 * Of the packs of a claim that was opened, what the claimant signed last: for a claim that is not confirmed,
 * it is what waits for the same link.
 */
export function newestOwn(packs: readonly OpenedPack[]): PackCore | null {
  const own = packs
    .map(({ content }) => readPackContent(content).core)
    .filter(({ signer }) => signer.role === 'claimant')
  return own.at(-1) ?? null
}
