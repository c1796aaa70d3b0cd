import { toHelloMac, toSharedSecret } from '../curve/proof.ts'
import type { Hello } from '../wire/hello.ts'
import { toIdBytes } from '../wire/id.ts'
import type { ResolvedTransportOptions } from './options.ts'

/**
 * What a hello says of the sender's key, so that no other client can use its id.
 * @param senderId the secret id
 * @returns empty without CURVE
 */
export function toProof(
  senderId: string,
  curve: ResolvedTransportOptions['curve']
): Pick<Hello, 'key' | 'proofs'> {
  if (!curve) return {}
  const { publicKey, secretKey } = curve.keyPair
  const proofs = [...new Set(curve.serverKeys)].map(serverKey =>
    toHelloMac(toSharedSecret(secretKey, serverKey), {
      senderId: toIdBytes(senderId),
      clientKey: publicKey,
      serverKey
    }).toString('base64url')
  )
  return { key: publicKey, proofs }
}
