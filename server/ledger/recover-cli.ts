import { ConfigError } from '../config'
import { plainly } from '../db/plainly'
import { systemClock } from '../kernel/clock'
import { ledgerSettings } from './cli-settings'
import { recoverLedger, type Recovered } from './recover-ledger'

const usage = 'npm run ledger:recover [-- --new-file]'

/** `npm run ledger:recover`: after a restore, with the worker stopped. Exit code 1 when it refuses. */
async function main(words: string[]): Promise<number> {
  const newFile = words.includes('--new-file')
  if (words.length > (newFile ? 1 : 0)) throw new ConfigError(`Usage: ${usage}`)
  const { config, db, publicKeys } = await ledgerSettings('joinder-ledger-recover')
  try {
    const publicKey = publicKeys[0]!
    const recovered = await recoverLedger(
      { db, clock: systemClock, publicKey, publicKeys, config },
      { newFile },
    )
    console.log(sentence(recovered))
    return recovered.outcome === 'refused' ? 1 : 0
  } finally {
    await db.destroy()
  }
}

function sentence(recovered: Recovered): string {
  switch (recovered.outcome) {
    case 'nothing_wrong':
      return 'Nothing to recover: the ledger can go on as it is.'
    case 'opened':
      return `The ledger goes on as ${recovered.origin} from entry ${recovered.size}; ${recovered.lost} signed entries are lost. Tell those who hold a receipt of that time.`
    case 'file_written':
      return `The checkpoint file is written anew with ${recovered.checkpoints} checkpoints from the database.`
    case 'refused':
      return `Not recovered: ${recovered.why}.`
  }
}

main(process.argv.slice(2)).then(
  (code) => {
    process.exitCode = code
  },
  (error: unknown) => {
    console.error(plainly(error))
    process.exitCode = 2
  },
)
