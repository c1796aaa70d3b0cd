/** The upstream frame that asks an XPUB for a topic. */
export function encodeSubscription(topic: Buffer): Buffer {
  return Buffer.concat([Buffer.of(1), topic])
}

/** The upstream frame that ends a subscription. */
export function encodeUnsubscription(topic: Buffer): Buffer {
  return Buffer.concat([Buffer.of(0), topic])
}

/** @returns undefined where the upstream frame is neither a subscription nor an unsubscription */
export function decodeSubscription(
  frame: Buffer
): { isSubscribed: boolean; topic: Buffer } | undefined {
  if (frame[0] !== 0 && frame[0] !== 1) return undefined
  return { isSubscribed: frame[0] === 1, topic: frame.subarray(1) }
}
