package strict

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// jsonNode reads one JSON value. JSON is YAML, but this is several times as
// fast, and malformed JSON is not rescued by YAML's looser flow style.
func (p piece) jsonNode(obj *object) *Node {
	if !utf8.Valid(p.data) {
		obj.errs = append(obj.errs, &Error{File: obj.file, Line: p.line + badCharacter(p.data), Msg: "not UTF-8 text", Hint: "save the file as UTF-8"})
		return nil
	}
	dec := json.NewDecoder(bytes.NewReader(p.data))
	dec.UseNumber()
	j := jsonReader{piece: p, obj: obj, dec: dec, line: p.line}
	n, err := j.value(&Node{obj: obj}, 0)
	if err == nil {
		if _, extra := dec.Token(); extra != io.EOF {
			err = errors.New("something follows the last brace")
		}
	}
	if err != nil {
		j.advance()
		e := &Error{File: obj.file, Line: j.line, Msg: "not JSON: " + err.Error(), Hint: `text that begins with {" is read as JSON`}
		var syntax *json.SyntaxError
		switch {
		case errors.Is(err, errDepth):
			e.Msg, e.Hint = fmt.Sprintf("nested deeper than %d levels", obj.limits.Depth), ""
		case errors.Is(err, errMany):
			e = tooMany(obj, p.line)
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			e.Line, e.Msg = p.line+bytes.Count(bytes.TrimSpace(p.data), []byte("\n")), "not JSON: a closing brace, bracket or quote is missing"
		case errors.As(err, &syntax):
			e.Line = p.line + bytes.Count(p.data[:min(int(syntax.Offset), len(p.data))], []byte("\n"))
		}
		obj.errs = append(obj.errs, e)
		return nil
	}
	return n
}

var (
	errDepth = errors.New("too deep")
	errMany  = errors.New("too many values")
)

type jsonReader struct {
	piece
	obj   *object
	dec   *json.Decoder
	line  int   // of at
	at    int64 // offset up to which lines are counted
	count int   // values so far
}

// advance counts lines up to the end of the last token. No token of JSON
// holds a line break, so that is also the line it began on.
func (j *jsonReader) advance() {
	end := j.dec.InputOffset()
	j.line += bytes.Count(j.data[j.at:end], []byte("\n"))
	j.at = end
}

// value fills n, which knows where it hangs, from the next value.
func (j *jsonReader) value(n *Node, depth int) (*Node, error) {
	if depth > j.obj.limits.Depth {
		return nil, errDepth
	}
	if j.count++; j.count > j.obj.limits.Values {
		return nil, errMany
	}
	token, err := j.dec.Token()
	if err != nil {
		return nil, err
	}
	j.advance()
	n.kind, n.line = Scalar, j.line
	switch t := token.(type) {
	case json.Delim:
		if t == '{' {
			n.kind = Map
			return n, j.fields(n, depth)
		}
		n.kind = List
		return n, j.items(n, depth)
	case string:
		n.text = t
	case json.Number:
		n.text, n.plain = t.String(), true
	case bool:
		n.text, n.plain = fmt.Sprint(t), true
	default:
		n.kind = Null
	}
	return n, nil
}

func (j *jsonReader) fields(n *Node, depth int) error {
	for j.dec.More() {
		token, err := j.dec.Token()
		if err != nil {
			return err
		}
		j.advance()
		key, ok := token.(string)
		if !ok {
			return errors.New("a key must be a text in quotes")
		}
		line := j.line
		value, err := j.value(&Node{parent: n, key: key, obj: j.obj}, depth+1)
		if err != nil {
			return err
		}
		n.add(line, value)
	}
	_, err := j.dec.Token()
	j.advance()
	return err
}

func (j *jsonReader) items(n *Node, depth int) error {
	for j.dec.More() {
		value, err := j.value(&Node{parent: n, index: len(n.items), obj: j.obj}, depth+1)
		if err != nil {
			return err
		}
		n.items = append(n.items, value)
	}
	_, err := j.dec.Token()
	j.advance()
	return err
}
