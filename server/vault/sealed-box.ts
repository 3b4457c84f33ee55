import sodium from 'sodium-native'

/** Seals bytes to an X25519 public key (libsodium `crypto_box_seal`); whoever seals cannot open. */
export function sealTo(publicKey: Buffer, plaintext: Buffer): Buffer {
  const box = Buffer.alloc(plaintext.length + sodium.crypto_box_SEALBYTES)
  sodium.crypto_box_seal(box, plaintext, publicKey)
  return box
}

/** Opens a sealed box with the key pair it was sealed to; throws when it was not. */
export function openSealed(publicKey: Buffer, secretKey: Buffer, box: Buffer): Buffer {
  if (box.length < sodium.crypto_box_SEALBYTES) throw new Error('Not a sealed box.')
  const plaintext = Buffer.alloc(box.length - sodium.crypto_box_SEALBYTES)
  if (!sodium.crypto_box_seal_open(plaintext, box, publicKey, secretKey)) {
    throw new Error('This box was not sealed to this key.')
  }
  return plaintext
}
