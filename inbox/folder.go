package inbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"
)

// Keyword marks a mail that was judged, on a server that cannot move it.
const Keyword = "$Sekisho"

const mailLimit = 64 << 20 // bytes of a mail that are read; the checkpoint says of a larger one that it was cut

// A letter is a mail as it lies in a folder.
type letter struct {
	uid  imap.UID
	raw  []byte // as much of it as is read
	size int64  // of all of it
}

// choose selects a folder and returns its UIDVALIDITY. Without moving, the folder has to keep keywords.
func (s *session) choose(folder string, readOnly bool) (validity uint32, err error) {
	err = s.within(commandTime, func() error {
		data, err := s.client.Select(folder, &imap.SelectOptions{ReadOnly: readOnly}).Wait()
		if err != nil {
			return err
		}
		validity = data.UIDValidity
		if !s.canMv && !readOnly && !slices.Contains(data.PermanentFlags, imap.FlagWildcard) && !slices.Contains(data.PermanentFlags, imap.Flag(Keyword)) {
			return errors.New("the server can neither move mails nor keep keywords")
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("folder %s: %w", folder, err)
	}
	return validity, nil
}

// search returns the UIDs of the folder's mails that fit, in order.
func (s *session) search(criteria *imap.SearchCriteria) (uids []imap.UID, err error) {
	err = s.within(commandTime, func() error {
		if err := s.client.Noop().Wait(); err != nil { // the server may tell of new mails only now
			return err
		}
		found, err := s.client.UIDSearch(criteria, nil).Wait()
		if err != nil {
			return err
		}
		if set, ok := found.All.(imap.UIDSet); ok && !set.Dynamic() {
			uids, _ = set.Nums()
		}
		slices.Sort(uids)
		return nil
	})
	return uids, err
}

// waiting returns the mails that were not judged.
func (s *session) waiting() ([]imap.UID, error) {
	return s.search(&imap.SearchCriteria{NotFlag: []imap.Flag{imap.FlagDeleted, imap.Flag(Keyword)}})
}

// fetch reads a mail without marking it as read; ok is false when it is gone. Nothing of it is parsed by the client: what a sender
// wrote comes as one literal, of which no more than mailLimit and one bytes are asked for.
func (s *session) fetch(uid imap.UID) (l letter, ok bool, err error) {
	l.uid = uid
	section := &imap.FetchItemBodySection{Peek: true, Partial: &imap.SectionPartial{Size: mailLimit + 1}}
	err = s.within(literalTime, func() error {
		cmd := s.client.Fetch(imap.UIDSetNum(uid), &imap.FetchOptions{UID: true, RFC822Size: true, BodySection: []*imap.FetchItemBodySection{section}})
		for msg := cmd.Next(); msg != nil; msg = cmd.Next() {
			for item := msg.Next(); item != nil; item = msg.Next() {
				switch data := item.(type) {
				case imapclient.FetchItemDataRFC822Size:
					l.size = max(l.size, data.Size)
				case imapclient.FetchItemDataBodySection:
					if data.Literal == nil {
						continue
					}
					raw, err := io.ReadAll(io.LimitReader(data.Literal, mailLimit+1))
					if _, drained := io.Copy(io.Discard, data.Literal); err != nil || drained != nil {
						return errors.Join(err, drained, cmd.Close())
					}
					l.raw, ok = raw, true
				}
			}
		}
		return cmd.Close()
	})
	l.size = max(l.size, int64(len(l.raw)))
	if err != nil {
		return l, false, fmt.Errorf("fetch mail %d: %w", uid, err)
	}
	return l, ok, nil
}

// put takes a mail out of what waits: into the folder, or by the keyword.
func (s *session) put(uid imap.UID, folder string) error {
	err := s.within(commandTime, func() error {
		if s.canMv {
			_, err := s.client.Move(imap.UIDSetNum(uid), folder).Wait()
			return err
		}
		return s.client.Store(imap.UIDSetNum(uid), &imap.StoreFlags{Op: imap.StoreFlagsAdd, Silent: true, Flags: []imap.Flag{Keyword}}, nil).Close()
	})
	if err != nil {
		return fmt.Errorf("put mail %d into %s: %w", uid, folder, err)
	}
	return nil
}

// idleTime is how long the server is idled on before the folder is looked at all the same: a connection that a firewall forgot
// is noticed by it.
const idleTime = 5 * time.Minute

// rest waits for news, by IDLE (RFC 2177) when the server has it, and at most until the time is over.
func (s *session) rest(ctx context.Context, poll time.Duration) error {
	if !s.idles {
		return s.pause(ctx, poll)
	}
	select {
	case <-s.news:
		return nil
	default:
	}
	var idling *imapclient.IdleCommand
	if err := s.within(commandTime, func() (err error) {
		idling, err = s.client.Idle()
		return err
	}); err != nil {
		return fmt.Errorf("idle: %w", err)
	}
	waited := s.pause(ctx, poll)
	err := s.within(commandTime, func() error { return errors.Join(idling.Close(), idling.Wait()) })
	return errors.Join(waited, err)
}

func (s *session) pause(ctx context.Context, limit time.Duration) error {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-s.client.Closed():
		return errors.New("the server closed the connection")
	case <-s.news:
	case <-timer.C:
	}
	return nil
}
