/* The least that a collector can do: takes messages of three frames and writes the second to a file.
 * Usage: ingest-floor FILE BYTES; prints the port, ends when the file has BYTES bytes. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zmq.h>

int main(int argc, char **argv) {
  if (argc != 3) return 2;
  int fd = open(argv[1], O_WRONLY | O_CREAT | O_APPEND, 0644);
  long long missing = atoll(argv[2]);
  void *socket = zmq_socket(zmq_ctx_new(), ZMQ_SUB);
  zmq_setsockopt(socket, ZMQ_SUBSCRIBE, "", 0);
  zmq_bind(socket, "tcp://127.0.0.1:*");
  char address[64];
  size_t length = sizeof address;
  zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, address, &length);
  printf("%s\n", address);
  fflush(stdout);
  while (missing > 0) {
    for (int frame = 0, more = 1; more; frame++) {
      zmq_msg_t msg;
      zmq_msg_init(&msg);
      if (zmq_msg_recv(&msg, socket, 0) < 0) return 1;
      more = zmq_msg_more(&msg);
      if (frame == 1) {
        char *bytes = zmq_msg_data(&msg);
        size_t left = zmq_msg_size(&msg);
        while (left > 0) {
          ssize_t written = write(fd, bytes, left);
          if (written < 0) return 1;
          bytes += written;
          left -= written;
          missing -= written;
        }
      }
      zmq_msg_close(&msg);
    }
  }
  fprintf(stdout, "done\n");
  fflush(stdout);
  getchar(); /* lives until its costs have been read */
  return 0;
}
