/** What can be wrong with a ledger, each worded in `describeFinding`. */
export type FindingKind =
  | 'entry_changed'
  | 'entry_missing'
  | 'entry_unplaced'
  | 'leaf_missing'
  | 'commitment_broken'
  | 'salt_missing'
  | 'label_changed'
  | 'opening_changed'
  | 'tile_changed'
  | 'tree_changed'
  | 'checkpoint_forged'
  | 'checkpoint_missing'
  | 'entries_lost'
  | 'origin_unknown'
  | 'counts_changed'
  | 'claim_missing'
  | 'claim_state_changed'
  | 'claim_record_changed'

export interface Finding {
  kind: FindingKind
  /** place in the tree, where one can be named */
  index?: number
  /** first and last of several places, of which one is wrong */
  range?: readonly [number, number]
  /** id of the entry, or of what else is wrong */
  id?: string
  detail?: string
}

const words: Record<FindingKind, string> = {
  entry_changed: 'the entry is not what was put into the tree',
  entry_missing: 'the entry is gone',
  entry_unplaced:
    'an entry was added past the ledger: it is neither in the tree nor waiting for it',
  leaf_missing: 'the tree has no leaf here',
  commitment_broken: 'the private part or the salt is not what the entry committed to',
  salt_missing: 'the salt is gone, and no erasure tells of it',
  label_changed: 'kind, time or claim beside the entry are not those that it committed to',
  opening_changed: 'the claims that were opened are not those that the entry committed to',
  tile_changed: 'a published tile differs from the entries',
  tree_changed: 'the entries up to here do not give the tree that was signed',
  checkpoint_forged: 'a checkpoint does not carry the signature of the ledger',
  checkpoint_missing: 'a checkpoint that was signed is missing',
  entries_lost: 'entries that were signed are gone',
  origin_unknown: 'a name of the ledger has a key that is not one of LEDGER_PUBLIC_KEY',
  counts_changed: 'the counts shown in public are not those of the entries',
  claim_missing: 'the claim that was filed is gone',
  claim_state_changed: 'the state of the claim is not the one its entries lead to',
  claim_record_changed: 'what the claimant sent is not what was recorded',
}

/** One sentence for the operator: where, what, and the detail when there is one. */
export function describeFinding({ kind, index, range, id, detail }: Finding): string {
  const place =
    index !== undefined
      ? `entry ${index}${id === undefined ? '' : ` (${id})`}`
      : range !== undefined
        ? `one of the entries ${range[0]} to ${range[1]}`
        : (id ?? '')
  return `${place === '' ? '' : `${place}: `}${words[kind]}${detail === undefined ? '' : ` (${detail})`}`
}

/** What names an entry comes first, the earliest entry before all others; a range only after what is in it. */
export function inOrder(findings: Finding[]): Finding[] {
  const place = ({ index, range }: Finding) => index ?? (range ? range[1] + 0.5 : Infinity)
  return findings.toSorted((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)))
}
