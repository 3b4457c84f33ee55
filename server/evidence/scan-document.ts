import { connect } from 'node:net'
import type { ClamdAddress } from '../config'

const pieceBytes = 64 * 1024

/**
 * Asks clamd about a document, over its INSTREAM command: pieces with their lengths, then a length of
 * zero, then one line of answer.
 * @throws Error when it is away, breaks off or answers anything but its two verdicts: never "clean" then
 */
export async function scanDocument(
  address: ClamdAddress,
  bytes: Buffer,
  timeoutMs: number,
): Promise<'clean' | 'infected'> {
  const answer = await ask(address, bytes, timeoutMs)
  if (/^stream: OK$/.test(answer)) return 'clean'
  if (/^stream: .+ FOUND$/.test(answer)) return 'infected'
  throw new Error('the virus scanner gave no verdict')
}

function ask(address: ClamdAddress, bytes: Buffer, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(address)
    const chunks: Buffer[] = []
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error('the virus scanner is too slow')))
    socket.on('error', reject)
    socket.on('data', (chunk: Buffer) => chunks.push(chunk))
    socket.on('close', () =>
      resolve(Buffer.concat(chunks).toString('utf8').replace(/\0.*$/s, '').trim()),
    )
    socket.write('zINSTREAM\0')
    for (let from = 0; from < bytes.length; from += pieceBytes) {
      const piece = bytes.subarray(from, from + pieceBytes)
      socket.write(lengthOf(piece.length))
      socket.write(piece)
    }
    // Not ended from here: clamd closes after it has answered.
    socket.write(lengthOf(0))
  })
}

function lengthOf(bytes: number): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes)
  return length
}
