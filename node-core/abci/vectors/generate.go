package main

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"time"

	abci "github.com/cometbft/cometbft/abci/types"
	crypto "github.com/cometbft/cometbft/proto/tendermint/crypto"
	ct "github.com/cometbft/cometbft/proto/tendermint/types"
	"github.com/cosmos/gogoproto/proto"
)

func b(n int, v byte) []byte { return bytes.Repeat([]byte{v}, n) }

type vec struct {
	Name  string `json:"name"`
	Frame string `json:"frame"`
}

func frame(m proto.Message) string {
	var buf bytes.Buffer
	if err := abci.WriteMessage(m, &buf); err != nil {
		panic(err)
	}
	return hex.EncodeToString(buf.Bytes())
}

func main() {
	t := time.Unix(1800000000, 123456789).UTC()
	zero := time.Time{}
	val := abci.Validator{Address: b(20, 0xaa), Power: 10}
	ed := crypto.PublicKey{Sum: &crypto.PublicKey_Ed25519{Ed25519: b(32, 1)}}
	secp := crypto.PublicKey{Sum: &crypto.PublicKey_Secp256K1{Secp256K1: b(33, 2)}}
	mis := []abci.Misbehavior{
		{Type: abci.MisbehaviorType_DUPLICATE_VOTE, Validator: val, Height: 3, Time: t, TotalVotingPower: 40},
		{Type: abci.MisbehaviorType_LIGHT_CLIENT_ATTACK, Validator: val, Height: 1 << 40, Time: t, TotalVotingPower: 1 << 59},
	}
	votes := []abci.VoteInfo{
		{Validator: val, BlockIdFlag: ct.BlockIDFlagCommit},
		{Validator: abci.Validator{Address: b(20, 0xbb), Power: 1}, BlockIdFlag: ct.BlockIDFlagAbsent},
		{Validator: abci.Validator{Address: b(20, 0xcc), Power: 2}, BlockIdFlag: ct.BlockIDFlagNil},
	}
	txs := [][]byte{b(3, 7), {}, b(200, 9)}
	params := ct.ConsensusParams{
		Block:     &ct.BlockParams{MaxBytes: 22020096, MaxGas: -1},
		Evidence:  &ct.EvidenceParams{MaxAgeNumBlocks: 100000, MaxAgeDuration: 48 * time.Hour, MaxBytes: 1048576},
		Validator: &ct.ValidatorParams{PubKeyTypes: []string{"ed25519", "secp256k1"}},
		Version:   &ct.VersionParams{App: 1},
		Abci:      &ct.ABCIParams{},
	}
	reqs := []struct {
		n string
		m *abci.Request
	}{
		{"echo", abci.ToRequestEcho("hello ✓")},
		{"flush", abci.ToRequestFlush()},
		{"info", abci.ToRequestInfo(&abci.RequestInfo{Version: "0.38.25", BlockVersion: 11, P2PVersion: 8, AbciVersion: "2.0.0"})},
		{"init_chain", abci.ToRequestInitChain(&abci.RequestInitChain{Time: t, ChainId: "dipnet-test", ConsensusParams: &params, Validators: []abci.ValidatorUpdate{{PubKey: ed, Power: 10}, {PubKey: secp, Power: 7}}, AppStateBytes: []byte(`{"v":1}`), InitialHeight: 1})},
		{"query", abci.ToRequestQuery(&abci.RequestQuery{Data: b(4, 5), Path: "/state", Height: 7, Prove: true})},
		{"query negative height", abci.ToRequestQuery(&abci.RequestQuery{Height: -1})},
		{"check_tx", abci.ToRequestCheckTx(&abci.RequestCheckTx{Tx: b(5, 6)})},
		{"check_tx recheck", abci.ToRequestCheckTx(&abci.RequestCheckTx{Tx: b(5, 6), Type: abci.CheckTxType_Recheck})},
		{"commit", abci.ToRequestCommit()},
		{"list_snapshots", abci.ToRequestListSnapshots(&abci.RequestListSnapshots{})},
		{"offer_snapshot", abci.ToRequestOfferSnapshot(&abci.RequestOfferSnapshot{Snapshot: &abci.Snapshot{Height: 9, Format: 1, Chunks: 3, Hash: b(32, 3), Metadata: b(2, 4)}, AppHash: b(32, 5)})},
		{"load_snapshot_chunk", abci.ToRequestLoadSnapshotChunk(&abci.RequestLoadSnapshotChunk{Height: 9, Format: 1, Chunk: 2})},
		{"apply_snapshot_chunk", abci.ToRequestApplySnapshotChunk(&abci.RequestApplySnapshotChunk{Index: 2, Chunk: b(9, 8), Sender: "peer"})},
		{"prepare_proposal", abci.ToRequestPrepareProposal(&abci.RequestPrepareProposal{MaxTxBytes: 1000, Txs: txs, LocalLastCommit: abci.ExtendedCommitInfo{Round: 2, Votes: []abci.ExtendedVoteInfo{{Validator: val, BlockIdFlag: ct.BlockIDFlagCommit}}}, Misbehavior: mis, Height: 5, Time: t, NextValidatorsHash: b(32, 6), ProposerAddress: b(20, 7)})},
		{"process_proposal", abci.ToRequestProcessProposal(&abci.RequestProcessProposal{Txs: txs, ProposedLastCommit: abci.CommitInfo{Round: 1, Votes: votes}, Misbehavior: mis, Hash: b(32, 9), Height: 5, Time: t, NextValidatorsHash: b(32, 6), ProposerAddress: b(20, 7)})},
		{"extend_vote", abci.ToRequestExtendVote(&abci.RequestExtendVote{Hash: b(32, 9), Height: 5, Time: t, Txs: txs, ProposedLastCommit: abci.CommitInfo{Votes: votes}, NextValidatorsHash: b(32, 6), ProposerAddress: b(20, 7)})},
		{"verify_vote_extension", abci.ToRequestVerifyVoteExtension(&abci.RequestVerifyVoteExtension{Hash: b(32, 9), ValidatorAddress: b(20, 7), Height: 5, VoteExtension: b(1, 1)})},
		{"finalize_block", abci.ToRequestFinalizeBlock(&abci.RequestFinalizeBlock{Txs: txs, DecidedLastCommit: abci.CommitInfo{Round: 1, Votes: votes}, Misbehavior: mis, Hash: b(32, 9), Height: 5, Time: t, NextValidatorsHash: b(32, 6), ProposerAddress: b(20, 7)})},
		{"finalize_block first and empty", abci.ToRequestFinalizeBlock(&abci.RequestFinalizeBlock{Height: 1, Time: zero})},
	}
	ev := []abci.Event{{Type: "bank.send", Attributes: []abci.EventAttribute{{Key: "to", Value: "ab", Index: true}, {Key: "empty", Value: "", Index: true}}}}
	upd := ct.ConsensusParams{Evidence: &ct.EvidenceParams{MaxAgeNumBlocks: 100000, MaxAgeDuration: 22 * 24 * time.Hour, MaxBytes: 1048576}}
	resps := []struct {
		n string
		m *abci.Response
	}{
		{"exception", abci.ToResponseException("no")},
		{"echo", abci.ToResponseEcho("hello ✓")},
		{"flush", abci.ToResponseFlush()},
		{"info", abci.ToResponseInfo(&abci.ResponseInfo{Data: "dipnet", AppVersion: 1, LastBlockHeight: 5, LastBlockAppHash: b(32, 1)})},
		{"init_chain", abci.ToResponseInitChain(&abci.ResponseInitChain{ConsensusParams: &ct.ConsensusParams{Evidence: upd.Evidence, Validator: params.Validator, Version: params.Version}, Validators: []abci.ValidatorUpdate{{PubKey: ed, Power: 10}, {PubKey: secp, Power: 7}}, AppHash: b(32, 1)})},
		{"query", abci.ToResponseQuery(&abci.ResponseQuery{Key: b(4, 5), Value: b(3, 6), ProofOps: &crypto.ProofOps{Ops: []crypto.ProofOp{{Type: "ics23:smt", Key: b(4, 5), Data: b(10, 7)}}}, Height: 7})},
		{"query refused", abci.ToResponseQuery(&abci.ResponseQuery{Code: 199, Log: "{}", Codespace: "dipnet"})},
		{"check_tx", abci.ToResponseCheckTx(&abci.ResponseCheckTx{GasWanted: 3000})},
		{"check_tx refused", abci.ToResponseCheckTx(&abci.ResponseCheckTx{Code: 7, Log: "{}", Codespace: "dipnet"})},
		{"commit", abci.ToResponseCommit(&abci.ResponseCommit{RetainHeight: 4})},
		{"list_snapshots", abci.ToResponseListSnapshots(&abci.ResponseListSnapshots{Snapshots: []*abci.Snapshot{{Height: 9, Format: 1, Chunks: 3, Hash: b(32, 3), Metadata: b(2, 4)}}})},
		{"offer_snapshot", abci.ToResponseOfferSnapshot(&abci.ResponseOfferSnapshot{Result: abci.ResponseOfferSnapshot_REJECT_FORMAT})},
		{"load_snapshot_chunk", abci.ToResponseLoadSnapshotChunk(&abci.ResponseLoadSnapshotChunk{Chunk: b(9, 8)})},
		{"apply_snapshot_chunk", abci.ToResponseApplySnapshotChunk(&abci.ResponseApplySnapshotChunk{Result: abci.ResponseApplySnapshotChunk_RETRY, RefetchChunks: []uint32{2, 300}, RejectSenders: []string{"peer"}})},
		{"prepare_proposal", abci.ToResponsePrepareProposal(&abci.ResponsePrepareProposal{Txs: txs})},
		{"process_proposal", abci.ToResponseProcessProposal(&abci.ResponseProcessProposal{Status: abci.ResponseProcessProposal_ACCEPT})},
		{"extend_vote", abci.ToResponseExtendVote(&abci.ResponseExtendVote{})},
		{"verify_vote_extension", abci.ToResponseVerifyVoteExtension(&abci.ResponseVerifyVoteExtension{Status: abci.ResponseVerifyVoteExtension_REJECT})},
		{"finalize_block", abci.ToResponseFinalizeBlock(&abci.ResponseFinalizeBlock{Events: ev, TxResults: []*abci.ExecTxResult{{Data: b(2, 1), GasWanted: 3000, GasUsed: 3100, Events: ev}, {Code: 10, Log: "{}", GasWanted: 1, GasUsed: 1, Codespace: "dipnet"}}, ValidatorUpdates: []abci.ValidatorUpdate{{PubKey: secp, Power: 0}, {PubKey: ed, Power: 1 << 40}}, ConsensusParamUpdates: &upd, AppHash: b(32, 2)})},
	}
	out := struct {
		Requests  []vec `json:"requests"`
		Responses []vec `json:"responses"`
	}{}
	for _, r := range reqs {
		out.Requests = append(out.Requests, vec{r.n, frame(r.m)})
	}
	for _, r := range resps {
		out.Responses = append(out.Responses, vec{r.n, frame(r.m)})
	}
	j, _ := json.MarshalIndent(out, "", "  ")
	fmt.Fprintln(os.Stdout, string(j))
}
