package main

import "io"

// counter counts what is read through it.
type counter struct {
	body  io.ReadCloser
	count int64
}

func (c *counter) Read(buffer []byte) (int, error) {
	count, err := c.body.Read(buffer)
	c.count += int64(count)
	return count, err
}

func (c *counter) Close() error { return c.body.Close() }
