/* Sends messages of two frames, as Python's PUBHandler does, as fast as they are taken: in C, so that
 * the receiver has a core to itself.
 * Usage: plain-sender ADDRESS MESSAGES; prints "ready", starts when it gets a line, prints "done", ends
 * with its standard input. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zmq.h>

static void send_frame(void *socket, const char *bytes, size_t length, int flags) {
  while (zmq_send(socket, bytes, length, flags | ZMQ_DONTWAIT) < 0) {
    if (errno != EAGAIN) exit(1);
    usleep(1000); /* the pipe is full */
  }
}

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  void *socket = zmq_socket(zmq_ctx_new(), ZMQ_XPUB);
  int on = 1;
  zmq_setsockopt(socket, ZMQ_XPUB_NODROP, &on, sizeof on);
  zmq_connect(socket, argv[1]);
  char subscription[64];
  zmq_recv(socket, subscription, sizeof subscription, 0);
  puts("ready");
  fflush(stdout);
  getchar();
  char text[101];
  memset(text, 'x', sizeof text);
  text[sizeof text - 1] = '\n';
  for (long left = atol(argv[2]); left > 0; left--) {
    send_frame(socket, "INFO.db.query", 13, ZMQ_SNDMORE);
    send_frame(socket, text, sizeof text, 0);
  }
  puts("done");
  fflush(stdout);
  while (getchar() != EOF) {
  }
  return 0;
}
