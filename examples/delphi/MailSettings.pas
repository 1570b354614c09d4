{ The form "Gestion des tickets par e-mail": one source for the VCL (Delphi 7 to 12) and the LCL (Lazarus).

  The calls that wait for the network run in a thread: the form stays alive, and may be closed meanwhile. Only fields
  that were changed are sent; what is left alone stays as it is saved. The form is built in code, so that no .dfm and
  .lfm have to be kept alike; the source is ASCII, accents are written as in JSON. }
unit MailSettings;

{$IFDEF FPC}{$MODE DELPHI}{$ENDIF}

interface

uses
  {$IFDEF FPC}LCLIntf, {$ELSE}Windows, ShellAPI, {$ENDIF}SysUtils, Classes, Graphics, Controls, Forms, StdCtrls,
  ExtCtrls, TillMail, TillMailJson;

type
  TMailField = (mfSender, mfHost, mfPort, mfUser, mfPassword);

  TMailRequest = function(const Request: string): string of object;

  { One call in a thread of its own; OnTerminate tells the form, in the form's own thread. }
  TMailTask = class(TThread)
  private
    FCall: TMailRequest;
    FRequest: string;
  protected
    procedure Execute; override;
  public
    Failed, Saving: Boolean;
    Reply, Cause, Cure, Field: string;
    constructor CreateTask(ACall: TMailRequest; const ARequest: string; ASaving: Boolean; ADone: TNotifyEvent);
  end;

  TMailSettingsForm = class(TForm)
  private
    FMail: TTillMail;
    FTask: TMailTask;
    FOffer, FResult: TPanel;
    FPrice, FCause, FCure, FSteps: TLabel;
    FLink: string;
    FTop: Integer;
    FLoaded: array[TMailField] of string;
    FLoadedSsl: Boolean;
    function AddLabel(AParent: TWinControl; ALeft, ATop, AWidth: Integer; const Text: string): TLabel;
    function AddEdit(const Text: string): TEdit;
    function AddButton(AParent: TWinControl; ALeft, AWidth: Integer; const Text: string; Click: TNotifyEvent): TButton;
    procedure BuildOffer;
    procedure BuildFields;
    procedure BuildResult;
    procedure ShowOffer;
    procedure Changes(var Settings: string);
    procedure Start(Call: TMailRequest; Saving: Boolean; const Waiting: string);
    procedure TaskDone(Sender: TObject);
    procedure ShowResult(Color: TColor; const Cause, Cure, Steps: string);
    procedure MarkField(const Path: string);
    procedure VerifyClick(Sender: TObject);
    procedure SaveClick(Sender: TObject);
    procedure OfferClick(Sender: TObject);
  public
    Fields: array[TMailField] of TEdit;
    TestTo: TEdit;
    StartSsl: TCheckBox;
    Verify, Save, Buy: TButton;
    { The receipt of the first sale, as JSON; without it the first one that was ever sent. }
    FirstSale: string;
    { The library stays the host's, which frees it after the form. }
    constructor CreateFor(AMail: TTillMail);
    destructor Destroy; override;
    { Fills the form with the settings in force, or with what the older settings propose. }
    procedure ReadSettings;
    { Whether a call is under way. }
    function Busy: Boolean;
    function ResultText: string;
    function ResultColor: TColor;
  end;

implementation

const
  WIDE = 600;
  EDGE = 16;
  COLUMN = 176;
  ROW = 34;
  { Blue, green, red: dark enough to be read on the light grounds below. }
  COLOR_GOOD = TColor($00206A1B);
  COLOR_BAD = TColor($001C1CB7);
  COLOR_WAIT = TColor($00606060);
  GROUND_GOOD = TColor($00E6F6E8);
  GROUND_BAD = TColor($00E6E6FD);
  GROUND_WAIT = TColor($00F4F4F4);
  GROUND_OFFER = TColor($00FBF1E3);

  CAPTIONS: array[TMailField] of string = ('E-mail de l''exp\u00e9diteur', 'Adresse du serveur', 'Port', 'Utilisateur',
    'Mot de passe');
  PATHS: array[TMailField] of string = ('sender.address', 'smtp.host', 'smtp.port', 'smtp.user', 'smtp.password');
  STEPS: array[0..10, 0..1] of string = (('name', 'nom'), ('connect', 'connexion'), ('proxy', 'proxy'),
    ('greeting', 'accueil'), ('starttls', 'STARTTLS'), ('tls', 'chiffrement'), ('ehlo', 'EHLO'),
    ('auth', 'identification'), ('mail_from', 'exp\u00e9diteur'), ('rcpt_to', 'destinataire'), ('folder', 'dossier'));

{ TMailTask }

constructor TMailTask.CreateTask(ACall: TMailRequest; const ARequest: string; ASaving: Boolean; ADone: TNotifyEvent);
begin
  inherited Create(True);
  FreeOnTerminate := True;
  FCall := ACall;
  FRequest := ARequest;
  Saving := ASaving;
  OnTerminate := ADone;
end;

procedure TMailTask.Execute;
begin
  try
    Reply := FCall(FRequest);
  except
    on Failure: ETillMail do
    begin
      Failed := True;
      Reply := Failure.Reply;
      Cause := Failure.MailMessage;
      Cure := Failure.Hint;
      Field := Failure.Field;
    end;
  end;
end;

{ The form is built. }

constructor TMailSettingsForm.CreateFor(AMail: TTillMail);
begin
  inherited CreateNew(nil);
  FMail := AMail;
  Caption := MailText('Gestion des tickets par e-mail');
  BorderStyle := bsDialog;
  Position := poScreenCenter;
  Color := clBtnFace;
  FTop := EDGE;
  BuildOffer;
  BuildFields;
  BuildResult;
  ClientWidth := WIDE;
  ClientHeight := FTop;
  ActiveControl := Fields[mfSender];
  ReadSettings;
end;

destructor TMailSettingsForm.Destroy;
begin
  // The call may still be under way: its thread ends by itself, and tells nobody.
  if FTask <> nil then
    FTask.OnTerminate := nil;
  inherited;
end;

function TMailSettingsForm.AddLabel(AParent: TWinControl; ALeft, ATop, AWidth: Integer; const Text: string): TLabel;
begin
  Result := TLabel.Create(Self);
  Result.Parent := AParent;
  Result.AutoSize := False;
  Result.WordWrap := True;
  Result.ShowAccelChar := False;
  Result.SetBounds(ALeft, ATop, AWidth, 20);
  Result.Caption := MailText(Text);
end;

function TMailSettingsForm.AddEdit(const Text: string): TEdit;
begin
  AddLabel(Self, EDGE, FTop + 5, COLUMN - EDGE, Text);
  Result := TEdit.Create(Self);
  Result.Parent := Self;
  Result.SetBounds(COLUMN, FTop, WIDE - COLUMN - EDGE, 26);
  Inc(FTop, ROW);
end;

function TMailSettingsForm.AddButton(AParent: TWinControl; ALeft, AWidth: Integer; const Text: string;
  Click: TNotifyEvent): TButton;
begin
  Result := TButton.Create(Self);
  Result.Parent := AParent;
  Result.SetBounds(ALeft, FTop, AWidth, 30);
  Result.Caption := MailText(Text);
  Result.OnClick := Click;
end;

function NewPanel(Owner: TWinControl; Top, Height: Integer): TPanel;
begin
  Result := TPanel.Create(Owner);
  Result.Parent := Owner;
  Result.SetBounds(EDGE, Top, WIDE - 2 * EDGE, Height);
  Result.BevelOuter := bvNone;
  Result.ParentBackground := False;
end;

procedure TMailSettingsForm.BuildOffer;
var
  Below: Integer;
begin
  FOffer := NewPanel(Self, FTop, 66);
  FOffer.Color := GROUND_OFFER;
  Below := FTop + 66 + EDGE;
  AddLabel(FOffer, 12, 12, 220, 'Votre nom de domaine').Font.Style := [fsBold];
  FPrice := AddLabel(FOffer, 12, 36, 220, '');
  FTop := 18;
  Buy := AddButton(FOffer, 240, FOffer.Width - 240 - 12, '', OfferClick);
  FTop := Below;
end;

procedure TMailSettingsForm.BuildFields;
var
  Field: TMailField;
begin
  for Field := Low(TMailField) to High(TMailField) do
    Fields[Field] := AddEdit(CAPTIONS[Field]);
  Fields[mfPort].Width := 80;
  Fields[mfPassword].PasswordChar := '*';
  AddLabel(Self, EDGE, FTop + 5, COLUMN - EDGE, 'Start SSL');
  StartSsl := TCheckBox.Create(Self);
  StartSsl.Parent := Self;
  StartSsl.SetBounds(COLUMN, FTop + 2, WIDE - COLUMN - EDGE, 24);
  StartSsl.Caption := MailText('chiffrer la connexion');
  Inc(FTop, ROW);
  TestTo := AddEdit('E-mail de test');
  Inc(FTop, 4);
  Verify := AddButton(Self, COLUMN, 150, 'V\u00e9rifier', VerifyClick);
  Save := AddButton(Self, COLUMN + 160, 208, 'Sauvegarder et Test', SaveClick);
  Inc(FTop, 30 + EDGE);
end;

procedure TMailSettingsForm.BuildResult;
begin
  FResult := NewPanel(Self, FTop, 148);
  FCause := AddLabel(FResult, 12, 10, FResult.Width - 24, '');
  FCause.Font.Style := [fsBold];
  FCause.Height := 40;
  FCure := AddLabel(FResult, 12, 52, FResult.Width - 24, '');
  FCure.Height := 48;
  FSteps := AddLabel(FResult, 12, 102, FResult.Width - 24, '');
  FSteps.Font.Color := COLOR_WAIT;
  FSteps.Height := 40;
  Inc(FTop, FResult.Height + EDGE);
  ShowResult(COLOR_WAIT, MailText('\u00ab V\u00e9rifier \u00bb essaie ces r\u00e9glages sans les enregistrer.'),
    '', '');
end;

{ Between the form and the settings. }

procedure TMailSettingsForm.ReadSettings;
var
  Reply, Ssl: string;
  Field: TMailField;
begin
  try
    Reply := FMail.Settings;
    for Field := Low(TMailField) to High(TMailField) do
    begin
      FLoaded[Field] := MailJsonText(Reply, 'settings.' + PATHS[Field]);
      Fields[Field].Text := FLoaded[Field];
      // What the older settings propose is shown, and saved like what somebody types.
      if FLoaded[Field] = '' then
        Fields[Field].Text := MailJsonText(Reply, 'proposal.' + PATHS[Field]);
    end;
    Ssl := MailJsonText(Reply, 'settings.smtp.security');
    FLoadedSsl := (Ssl = 'tls') or (Ssl = 'starttls');
    Ssl := Ssl + MailJsonText(Reply, 'proposal.smtp.security');
    StartSsl.Checked := (Ssl <> '') and (Ssl <> 'none');
    ShowOffer;
  except
    on Failure: ETillMail do
      ShowResult(COLOR_BAD, Failure.MailMessage, Failure.Hint, '');
  end;
end;

{ The host's own offer, as long as the notice of mail_health stands. }
procedure TMailSettingsForm.ShowOffer;
var
  Health: string;
begin
  Health := FMail.Health;
  FLink := MailJsonText(Health, 'notices[0].offer.link');
  FPrice.Caption := MailJsonText(Health, 'notices[0].offer.price');
  Buy.Caption := MailJsonText(Health, 'notices[0].offer.label');
  FOffer.Visible := Buy.Caption <> '';
  Buy.Enabled := (Pos('https://', FLink) = 1) or (Pos('http://', FLink) = 1);
end;

function IsNumber(const Text: string): Boolean;
var
  At: Integer;
begin
  Result := (Text <> '') and (Length(Text) < 10);
  for At := 1 to Length(Text) do
    Result := Result and (Text[At] >= '0') and (Text[At] <= '9');
end;

{ An empty field deletes the setting. What is no number goes as a text: the library says what is wrong with it. }
function Member(const Path, Text: string): string;
begin
  Result := Copy(Path, Pos('.', Path) + 1, MaxInt);
  if Text = '' then
    Result := '"' + Result + '":null'
  else if (Result = 'port') and IsNumber(Text) then
    Result := '"' + Result + '":' + IntToStr(StrToInt(Text))
  else
    Result := '"' + Result + '":' + MailJsonQuote(Text);
end;

procedure TMailSettingsForm.Changes(var Settings: string);
var
  Smtp, Sender: string;
  Field: TMailField;
begin
  Smtp := '';
  Sender := '';
  for Field := Low(TMailField) to High(TMailField) do
    if Fields[Field].Text <> FLoaded[Field] then
      if Field = mfSender then
        Sender := Member(PATHS[Field], Fields[Field].Text)
      else
        Smtp := Smtp + ',' + Member(PATHS[Field], Fields[Field].Text);
  // Ticked is tls with port 465 and starttls with any other; not ticked follows the port.
  if not StartSsl.Checked then
  begin
    if FLoadedSsl then
      Smtp := Smtp + ',"security":null'
  end
  else if not FLoadedSsl or (Fields[mfPort].Text <> FLoaded[mfPort]) then
    if Fields[mfPort].Text = '465' then
      Smtp := Smtp + ',"security":"tls"'
    else
      Smtp := Smtp + ',"security":"starttls"';
  Settings := '"settings":{"sender":{' + Sender + '},"smtp":{' + Copy(Smtp, 2, MaxInt) + '}}';
end;

{ The buttons. }

procedure TMailSettingsForm.VerifyClick(Sender: TObject);
begin
  Start(FMail.Verify, False, 'V\u00e9rification en cours\u2026');
end;

procedure TMailSettingsForm.SaveClick(Sender: TObject);
begin
  Start(FMail.SaveAndTest, True, 'Enregistrement et envoi du test\u2026');
end;

procedure TMailSettingsForm.Start(Call: TMailRequest; Saving: Boolean; const Waiting: string);
var
  Request: string;
begin
  if Busy then
    Exit;
  Changes(Request);
  if Trim(TestTo.Text) <> '' then
    Request := Request + ',"to":' + MailJsonQuote(Trim(TestTo.Text));
  if Saving and (FirstSale <> '') then
    Request := Request + ',"receipt":' + FirstSale;
  MarkField('');
  ShowResult(COLOR_WAIT, MailText(Waiting), '', '');
  Verify.Enabled := False;
  Save.Enabled := False;
  FTask := TMailTask.CreateTask(Call, '{' + Request + '}', Saving, TaskDone);
  FTask.{$IFDEF FPC}Start{$ELSE}Resume{$ENDIF};
end;

{ The steps of a verification: "nom, connexion, identification : refus". }
function StepsOf(const Reply: string): string;
var
  At, Known: Integer;
  Name, Path: string;
begin
  Result := '';
  At := 0;
  repeat
    Path := 'steps[' + IntToStr(At) + ']';
    Name := MailJsonText(Reply, Path + '.step');
    if Name = '' then
      Exit;
    for Known := Low(STEPS) to High(STEPS) do
      if STEPS[Known, 0] = Name then
        Name := MailText(STEPS[Known, 1]);
    if At > 0 then
      Result := Result + ', ';
    Result := Result + Name;
    if MailJsonText(Reply, Path + '.ok') <> 'true' then
      Result := Result + MailText(' : \u00e9chec');
    Inc(At);
  until At > 50;
end;

procedure TMailSettingsForm.TaskDone(Sender: TObject);
var
  Task: TMailTask;
begin
  Task := Sender as TMailTask;
  FTask := nil;
  Verify.Enabled := True;
  Save.Enabled := True;
  // Saved settings are shown as they are saved now, the password masked.
  if Task.Saving and (MailJsonText(Task.Reply, 'version') <> '') then
    ReadSettings;
  if Task.Failed then
    ShowResult(COLOR_BAD, Task.Cause, Task.Cure, StepsOf(Task.Reply))
  else if Task.Saving then
    ShowResult(COLOR_GOOD, MailText('Enregistr\u00e9, et le test est parti vers ') +
      MailJsonText(Task.Reply, 'mail.to') + '.', MailText('Regardez dans cette bo\u00eete de r\u00e9ception.'), '')
  else
    ShowResult(COLOR_GOOD, MailText('Ces r\u00e9glages fonctionnent : un ticket serait accept\u00e9.'),
      MailText('Rien n''est encore enregistr\u00e9.'), StepsOf(Task.Reply));
  MarkField(Task.Field);
end;

procedure TMailSettingsForm.OfferClick(Sender: TObject);
begin
  {$IFDEF FPC}
  OpenURL(FLink);
  {$ELSE}
  ShellExecute(Handle, 'open', PChar(FLink), nil, nil, SW_SHOWNORMAL);
  {$ENDIF}
end;

procedure TMailSettingsForm.ShowResult(Color: TColor; const Cause, Cure, Steps: string);
begin
  FCause.Caption := Cause;
  FCause.Font.Color := Color;
  FCure.Caption := Cure;
  FSteps.Caption := Steps;
  case Color of
    COLOR_GOOD: FResult.Color := GROUND_GOOD;
    COLOR_BAD: FResult.Color := GROUND_BAD;
  else
    FResult.Color := GROUND_WAIT;
  end;
end;

{ The box that the library names: settings.smtp.host is smtp.host of the form. }
procedure TMailSettingsForm.MarkField(const Path: string);
var
  Field: TMailField;
begin
  for Field := Low(TMailField) to High(TMailField) do
    if (Path = PATHS[Field]) or (Path = 'settings.' + PATHS[Field]) then
      Fields[Field].Color := GROUND_BAD
    else
      Fields[Field].Color := clWindow;
  if Path = 'to' then
    TestTo.Color := GROUND_BAD
  else
    TestTo.Color := clWindow;
end;

function TMailSettingsForm.Busy: Boolean;
begin
  Result := FTask <> nil;
end;

function TMailSettingsForm.ResultText: string;
begin
  Result := Trim(FCause.Caption + ' ' + FCure.Caption);
end;

function TMailSettingsForm.ResultColor: TColor;
begin
  Result := FCause.Font.Color;
end;

end.
