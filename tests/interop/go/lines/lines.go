// Package lines answers JSON lines: one request a line on standard input, one answer a line on standard output.
package lines

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

// Answer is what a request comes to. Output is base64 in the JSON, since it need not be UTF-8.
type Answer struct {
	Output []byte `json:"output,omitempty"`
	Error  string `json:"error,omitempty"`
}

// Serve answers each request until the input ends. A panic is that request's error, as it is a failed
// reconciliation in a controller.
func Serve[Request any](answer func(Request) ([]byte, error)) {
	in := json.NewDecoder(bufio.NewReaderSize(os.Stdin, 1<<20))
	writer := bufio.NewWriterSize(os.Stdout, 1<<20)
	out := json.NewEncoder(writer)
	for {
		var request Request
		err := in.Decode(&request)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			fail(fmt.Errorf("cannot read the request: %w", err))
		}
		output, err := guarded(answer, request)
		reply := Answer{Output: output}
		if err != nil {
			reply = Answer{Error: err.Error()}
		}
		if err := out.Encode(reply); err != nil {
			fail(err)
		}
	}
	if err := writer.Flush(); err != nil {
		fail(err)
	}
}

func guarded[Request any](answer func(Request) ([]byte, error), request Request) (output []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	return answer(request)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
