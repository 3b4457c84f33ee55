import type { BatchRow } from './batches.store'

/** The edition that a batch has, or that is being made of it: the next one once a file is there. */
export function editionOf({
  state,
  edition,
  file_sha256: file,
}: Pick<BatchRow, 'state' | 'edition' | 'file_sha256'>): number {
  return file !== null && state !== 'complete' ? edition + 1 : edition
}
