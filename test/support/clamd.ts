import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'

export interface FakeClamd {
  url: string
  port: number
  /** Bytes of each document it was asked about. */
  asked: number[]
  close(): Promise<void>
}

// In two halves, so that no scanner takes this file for what it tests.
export const eicar = [
  'X5O!P%@AP[4\\PZX54(P^)7CC)7}',
  '$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*',
].join('')

/** Speaks clamd's INSTREAM as clamd does, and knows one virus: the EICAR test file. */
export async function openClamd(port = 0): Promise<FakeClamd> {
  const asked: number[] = []
  const server: Server = createServer((socket) => {
    const held: Buffer[] = []
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      held.push(chunk)
      // The last length is zero.
      if (chunk.at(-1) !== 0) return
      const body = readStream(Buffer.concat(held))
      if (body === null) return
      asked.push(body.length)
      const found = body.includes(eicar)
      socket.end(found ? 'stream: Eicar-Test-Signature FOUND\0' : 'stream: OK\0')
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const { port: listening } = server.address() as AddressInfo
  return {
    url: `tcp://127.0.0.1:${listening}`,
    port: listening,
    asked,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** The pieces of a whole command joined, or null while some are on their way. */
function readStream(held: Buffer): Buffer | null {
  const command = 'zINSTREAM\0'
  if (held.length < command.length) return null
  if (held.subarray(0, command.length).toString() !== command) throw new Error('no INSTREAM')
  const pieces: Buffer[] = []
  for (let at = command.length; at + 4 <= held.length;) {
    const length = held.readUInt32BE(at)
    if (length === 0) return Buffer.concat(pieces)
    if (at + 4 + length > held.length) return null
    pieces.push(held.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return null
}
